//! Questions and answers, as they go over the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use simple_dns::rdata::{OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE};

/// A question: a name and a kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) name: String,
    pub(crate) kind: TYPE,
}

/// So long may an answer be by UDP: what passes everywhere in one piece (DNS Flag Day 2020).
pub(crate) const MOST_BY_UDP: u16 = 1232;

/// An answer, as far as it matters here. Names are in small letters, without a dot at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: RCODE,
    /// Whether it was too long, so that it must be asked for by TCP.
    pub(crate) is_cut: bool,
    pub(crate) answers: Vec<Record>,
    /// What was not asked for, and will be.
    pub(crate) extra: Vec<Record>,
    /// For how many seconds it counts that there is nothing (RFC 2308).
    pub(crate) negative_ttl: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// In seconds.
    pub(crate) ttl: u32,
    pub(crate) data: Data,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Data {
    Address(IpAddr),
    Alias(String),
    Server { priority: u16, weight: u16, port: u16, target: String },
}

impl Query {
    pub(crate) fn new(name: &str, kind: TYPE) -> Query {
        Query { name: name.to_ascii_lowercase(), kind }
    }

    /// The question as bytes; with EDNS (RFC 6891), by which a server is told how long an answer may be by UDP. `None`:
    /// the name is too long to be asked for.
    pub(crate) fn bytes(&self, id: u16, with_edns: bool) -> Option<Vec<u8>> {
        let mut packet = Packet::new_query(id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        packet.questions.push(self.question()?);
        if with_edns {
            *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: MOST_BY_UDP, version: 0 });
        }
        packet.build_bytes_vec().ok()
    }

    fn question(&self) -> Option<Question<'_>> {
        let name = Name::new(&self.name).ok()?;
        Some(Question::new(name, QTYPE::TYPE(self.kind), QCLASS::CLASS(CLASS::IN), false))
    }

    /// What these bytes answer; `None` if they are no answer to this question, asked under this number: they may come
    /// from anybody.
    pub(crate) fn answer(&self, id: u16, bytes: &[u8]) -> Option<Answer> {
        let packet = Packet::parse(bytes).ok()?;
        if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) || !self.is_that_of(&packet) {
            return None;
        }
        Some(Answer {
            code: packet.rcode(),
            is_cut: packet.has_flags(PacketFlag::TRUNCATION),
            answers: packet.answers.iter().filter_map(record).collect(),
            extra: packet.additional_records.iter().filter_map(record).collect(),
            negative_ttl: packet.name_servers.iter().find_map(negative_ttl),
        })
    }

    /// Some servers leave the question out of an answer that says that they did not understand it.
    fn is_that_of(&self, packet: &Packet<'_>) -> bool {
        let Some(ours) = self.question() else { return false };
        match packet.questions.as_slice() {
            [] => !matches!(packet.rcode(), RCODE::NoError | RCODE::NameError),
            [theirs] => theirs.qname == ours.qname && theirs.qtype == ours.qtype,
            _ => false,
        }
    }
}

/// Whether these bytes are the answer under this number, and say that it was cut off: then what follows may make no
/// sense.
pub(crate) fn is_cut(id: u16, bytes: &[u8]) -> bool {
    let [a, b, flags, ..] = bytes else { return false };
    u16::from_be_bytes([*a, *b]) == id && flags & 0b1000_0010 == 0b1000_0010
}

fn record(record: &ResourceRecord<'_>) -> Option<Record> {
    let data = match &record.rdata {
        RData::A(found) => Data::Address(Ipv4Addr::from(found.address).into()),
        RData::AAAA(found) => Data::Address(Ipv6Addr::from(found.address).into()),
        RData::CNAME(found) => Data::Alias(small(&found.0)),
        RData::SRV(found) => Data::Server {
            priority: found.priority,
            weight: found.weight,
            port: found.port,
            target: small(&found.target),
        },
        _ => return None,
    };
    // A TTL whose first bit is set is none (RFC 2181, section 8).
    let ttl = if record.ttl > i32::MAX as u32 { 0 } else { record.ttl };
    (record.class == CLASS::IN).then(|| Record { name: small(&record.name), ttl, data })
}

fn negative_ttl(record: &ResourceRecord<'_>) -> Option<u32> {
    match &record.rdata {
        RData::SOA(soa) => Some(soa.minimum.min(record.ttl)),
        _ => None,
    }
}

fn small(name: &Name<'_>) -> String {
    name.to_string().trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> Query {
        Query::new("Orders.Example", TYPE::A)
    }

    /// The question turned into an answer without records, with this flag or code set.
    fn turned(change: impl FnOnce(&mut Packet<'_>)) -> Vec<u8> {
        let bytes = query().bytes(7, true).expect("a good name");
        let mut packet = Packet::parse(&bytes).expect("ours").into_reply();
        change(&mut packet);
        packet.build_bytes_vec().expect("well-formed")
    }

    #[test]
    fn what_is_no_answer_to_the_question_is_none() {
        assert!(query().answer(7, &turned(|_| ())).is_some());
        assert!(query().answer(8, &turned(|_| ())).is_none(), "another number");
        assert!(query().answer(7, &query().bytes(7, true).expect("good")).is_none(), "a question");
        assert!(Query::new("bills.example", TYPE::A).answer(7, &turned(|_| ())).is_none(), "another name");
        assert!(Query::new("orders.example", TYPE::AAAA).answer(7, &turned(|_| ())).is_none(), "another kind");
        assert!(query().answer(7, &turned(|packet| packet.questions.clear())).is_none(), "no question");
        let misunderstood = turned(|packet| {
            packet.questions.clear();
            *packet.rcode_mut() = RCODE::FormatError;
        });
        assert_eq!(query().answer(7, &misunderstood).expect("an answer").code, RCODE::FormatError);
        for length in 0..turned(|_| ()).len() {
            assert!(query().answer(7, &turned(|_| ())[..length]).is_none(), "cut off after {length}");
        }
    }

    #[test]
    fn an_answer_that_was_cut_off_is_known_though_it_makes_no_sense() {
        let bytes = turned(|packet| packet.set_flags(PacketFlag::TRUNCATION));
        assert!(is_cut(7, &bytes) && is_cut(7, &bytes[..20]) && !is_cut(8, &bytes));
        assert!(!is_cut(7, &turned(|_| ())) && !is_cut(7, &[0, 7]));
        assert!(query().answer(7, &bytes).is_some_and(|answer| answer.is_cut));
    }

    #[test]
    fn a_question_is_spelled_in_small_letters_and_may_go_without_edns() {
        let bytes = query().bytes(7, false).expect("a good name");
        let packet = Packet::parse(&bytes).expect("ours");
        assert_eq!((packet.questions[0].qname.to_string().as_str(), packet.opt().is_none()), ("orders.example", true));
    }
}

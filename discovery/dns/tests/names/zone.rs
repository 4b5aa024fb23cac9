//! A server of DNS for tests, whose records change and which does harm when it is told to.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use simple_dns::rdata::{A, AAAA, CNAME, RData, SOA, SRV};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};

/// A server on a free port of the loopback, until the process ends.
#[derive(Debug)]
pub(crate) struct Zone {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    records: HashMap<String, Vec<(u32, Data)>>,
    mode: Mode,
    asked: Vec<Asked>,
}

/// A record.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    V4(&'static str),
    V6(&'static str),
    Alias(&'static str),
    /// Priority, weight, port, target.
    Server(u16, u16, u16, &'static str),
}

/// What it does with questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Answers,
    /// Addresses of servers come along.
    AnswersMore,
    /// Aliases are not followed.
    AnswersLess,
    IsSilent,
    Refuses(RCODE),
    /// It cannot tell of this name.
    FailsFor(&'static str),
    /// Answers come from a liar first: under a wrong number, and to another question.
    IsMimicked,
    /// By UDP, nothing is said but that it would be too long.
    Cuts,
    /// One that is older than EDNS.
    IsOld,
}

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) kind: TYPE,
    pub(crate) by_tcp: bool,
}

impl Zone {
    pub(crate) fn start() -> Zone {
        let (udp, tcp) = both();
        let address = udp.local_addr().expect("bound");
        let state = Arc::new(Mutex::new(State::default()));
        let (by_udp, by_tcp) = (Arc::clone(&state), Arc::clone(&state));
        thread::spawn(move || serve_udp(&udp, &by_udp));
        thread::spawn(move || serve_tcp(&tcp, &by_tcp));
        Zone { address, state }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on these are the records of a name, with this TTL; none takes the name away.
    pub(crate) fn set(&self, name: &str, ttl: u32, records: impl IntoIterator<Item = Data>) {
        let records: Vec<_> = records.into_iter().map(|data| (ttl, data)).collect();
        let mut state = lock(&self.state);
        if records.is_empty() {
            state.records.remove(name);
        } else {
            state.records.insert(name.to_owned(), records);
        }
    }

    pub(crate) fn be(&self, mode: Mode) {
        lock(&self.state).mode = mode;
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.state).asked.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same port for both.
fn both() -> (UdpSocket, TcpListener) {
    for _ in 0..50 {
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().expect("bound")) {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both");
}

fn serve_udp(socket: &UdpSocket, state: &Mutex<State>) {
    let mut buffer = [0; 4096];
    while let Ok((length, client)) = socket.recv_from(&mut buffer) {
        for answer in lock(state).answers(&buffer[..length], false) {
            let _ = socket.send_to(&answer, client);
        }
    }
}

fn serve_tcp(listener: &TcpListener, state: &Mutex<State>) {
    for mut stream in listener.incoming().flatten() {
        let mut length = [0; 2];
        if stream.read_exact(&mut length).is_err() {
            continue;
        }
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        let _ = stream.read_exact(&mut question);
        for answer in lock(state).answers(&question, true) {
            let _ = stream.write_all(&[&(answer.len() as u16).to_be_bytes(), answer.as_slice()].concat());
        }
    }
}

impl State {
    /// The datagrams that a question is answered with.
    fn answers(&mut self, question: &[u8], by_tcp: bool) -> Vec<Vec<u8>> {
        let packet = Packet::parse(question).expect("a good question");
        assert!(packet.has_flags(PacketFlag::RECURSION_DESIRED) && packet.questions.len() == 1);
        let (name, kind) = match &packet.questions[0] {
            question if matches!(question.qtype, QTYPE::TYPE(_)) => {
                let QTYPE::TYPE(kind) = question.qtype else { unreachable!("matched") };
                (question.qname.to_string(), kind)
            }
            other => panic!("an odd question: {other:?}"),
        };
        self.asked.push(Asked { name: name.clone(), kind, by_tcp });
        let has_edns = packet.opt().is_some();
        let mut reply = packet.into_reply();
        *reply.opt_mut() = None;
        match self.mode {
            Mode::IsSilent => return Vec::new(),
            Mode::Refuses(code) => *reply.rcode_mut() = code,
            Mode::FailsFor(sick) if sick == name => *reply.rcode_mut() = RCODE::ServerFailure,
            Mode::IsOld if has_edns => {
                *reply.rcode_mut() = RCODE::FormatError;
                reply.questions.clear();
            }
            Mode::Cuts if !by_tcp => reply.set_flags(PacketFlag::TRUNCATION),
            _ => self.fill(&mut reply, &name, kind),
        }
        let honest = reply.build_bytes_vec_compressed().expect("well-formed");
        if self.mode != Mode::IsMimicked {
            return vec![honest];
        }
        vec![
            self.forged(&reply, |packet| packet.set_id(packet.id() ^ 1)),
            self.forged(&reply, |packet| {
                packet.questions[0].qname = Name::new_unchecked("elsewhere.example");
            }),
            b"nonsense".to_vec(),
            honest,
        ]
    }

    fn forged(&self, reply: &Packet<'_>, change: impl FnOnce(&mut Packet<'_>)) -> Vec<u8> {
        let mut forged = reply.clone();
        let evil = RData::A(A { address: Ipv4Addr::new(6, 6, 6, 6).into() });
        forged.answers = vec![ResourceRecord::new(reply.questions[0].qname.clone(), CLASS::IN, 9999, evil)];
        change(&mut forged);
        forged.build_bytes_vec().expect("well-formed")
    }

    fn fill(&self, reply: &mut Packet<'_>, name: &str, kind: TYPE) {
        let mut owner = name.to_owned();
        loop {
            let Some(records) = self.records.get(&owner) else {
                *reply.rcode_mut() = RCODE::NameError;
                reply.name_servers.push(soa());
                return;
            };
            let alias = records.iter().find_map(|(_, data)| match data {
                Data::Alias(target) => Some((*target).to_owned()),
                _ => None,
            });
            let before = reply.answers.len();
            for (ttl, data) in records.iter().filter(|(_, data)| matches!(data, Data::Alias(_)) || data.kind() == kind)
            {
                reply.answers.push(record(&owner, *ttl, data));
                if let (Data::Server(.., target), Mode::AnswersMore) = (data, self.mode) {
                    let more = self.records.get(*target).into_iter().flatten();
                    let more = more.filter(|(_, data)| matches!(data, Data::V4(_)));
                    reply.additional_records.extend(more.map(|(ttl, data)| record(target, *ttl, data)));
                }
            }
            match alias {
                Some(target) if self.mode != Mode::AnswersLess => owner = target,
                _ => {
                    if reply.answers.len() == before {
                        reply.name_servers.push(soa());
                    }
                    return;
                }
            }
        }
    }
}

impl Data {
    fn kind(&self) -> TYPE {
        match self {
            Data::V4(_) => TYPE::A,
            Data::V6(_) => TYPE::AAAA,
            Data::Alias(_) => TYPE::CNAME,
            Data::Server(..) => TYPE::SRV,
        }
    }
}

fn record(owner: &str, ttl: u32, data: &Data) -> ResourceRecord<'static> {
    let data = match *data {
        Data::V4(address) => RData::A(A { address: address.parse::<Ipv4Addr>().expect("good").into() }),
        Data::V6(address) => RData::AAAA(AAAA { address: address.parse::<Ipv6Addr>().expect("good").into() }),
        Data::Alias(target) => RData::CNAME(CNAME(Name::new(target).expect("good"))),
        Data::Server(priority, weight, port, target) => {
            RData::SRV(SRV { priority, weight, port, target: Name::new(target).expect("good") })
        }
    };
    ResourceRecord::new(Name::new(owner).expect("good").into_owned(), CLASS::IN, ttl, data)
}

/// That there is nothing counts for an hour, says the zone.
fn soa() -> ResourceRecord<'static> {
    let name = || Name::new("example").expect("good");
    let soa = SOA { mname: name(), rname: name(), serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 3600 };
    ResourceRecord::new(name(), CLASS::IN, 3600, RData::SOA(soa))
}

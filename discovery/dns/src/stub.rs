//! Questions to several servers, and where aliases lead.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use simple_dns::{RCODE, TYPE};

use crate::message::{Answer, Data, Query, Record};
use crate::transport;

/// Asks servers that look elsewhere for what they do not know: a stub resolver (RFC 1034, section 5.3.1).
#[derive(Debug)]
pub(crate) struct Stub {
    pub(crate) servers: Vec<SocketAddr>,
    pub(crate) timeout: Duration,
}

/// What is under a name: one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<T> {
    pub(crate) all: Vec<T>,
    /// In seconds: the least of all on the way.
    pub(crate) ttl: u32,
    /// What came along.
    pub(crate) extra: Vec<Record>,
}

/// Why there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    /// A server says that there is nothing, and for how many seconds that counts.
    Nothing { why: String, ttl: Option<u32> },
    /// No server can tell.
    Failed(String),
}

/// How often each server is asked.
const TRIES: usize = 2;

/// So many aliases may lead to one another.
const MOST_ALIASES: usize = 16;

impl Stub {
    /// The addresses of a host, of one family.
    pub(crate) async fn addresses(&self, host: &str, kind: TYPE) -> Result<Found<IpAddr>, Miss> {
        let found = self.find(host, kind).await?;
        let all = found.all.into_iter().filter_map(|data| match data {
            Data::Address(address) => Some(address),
            _ => None,
        });
        Ok(Found { all: all.collect(), ttl: found.ttl, extra: found.extra })
    }

    /// What is of this kind under a name, or under what that is an alias of.
    pub(crate) async fn find(&self, name: &str, kind: TYPE) -> Result<Found<Data>, Miss> {
        let mut name = name.to_ascii_lowercase();
        let mut ttl = u32::MAX;
        for _ in 0..MOST_ALIASES {
            let Answer { code, answers, extra, negative_ttl, .. } = self.ask(&Query::new(&name, kind)).await?;
            let owner = follow(&name, &answers, &mut ttl);
            let of_owner = answers.into_iter().filter(|record| record.name == owner && is_of(&record.data, kind));
            let mut all = Vec::new();
            for record in of_owner {
                ttl = ttl.min(record.ttl);
                all.push(record.data);
            }
            if !all.is_empty() {
                return Ok(Found { all, ttl, extra });
            }
            if code == RCODE::NameError {
                return Err(Miss::Nothing { why: format!("there is no name `{owner}`"), ttl: negative_ttl });
            }
            if owner == name {
                let why = format!("there is no {kind:?} record of `{name}`");
                return Err(Miss::Nothing { why, ttl: negative_ttl });
            }
            // A server that is asked only for its own zones does not follow an alias that leads out of them.
            name = owner;
        }
        Err(Miss::Failed(format!("aliases lead on and on, the last to `{name}`")))
    }

    /// What the first server says that can tell.
    async fn ask(&self, query: &Query) -> Result<Answer, Miss> {
        let mut complaints = Vec::new();
        for _ in 0..TRIES {
            complaints.clear();
            for &server in &self.servers {
                match transport::ask(server, query, self.timeout).await {
                    Ok(answer) if matches!(answer.code, RCODE::NoError | RCODE::NameError) => return Ok(answer),
                    Ok(answer) => complaints.push(format!("{server} says {}", called(answer.code))),
                    Err(error) => complaints.push(format!("{server}: {}", told(&error))),
                }
            }
        }
        Err(Miss::Failed(complaints.join(", ")))
    }
}

/// Where the aliases in an answer lead.
fn follow(name: &str, answers: &[Record], ttl: &mut u32) -> String {
    let mut owner = name.to_owned();
    for _ in 0..MOST_ALIASES {
        let alias = answers.iter().find_map(|record| match &record.data {
            Data::Alias(target) if record.name == owner => Some((target, record.ttl)),
            _ => None,
        });
        let Some((target, its)) = alias else { break };
        *ttl = its.min(*ttl);
        owner.clone_from(target);
    }
    owner
}

fn is_of(data: &Data, kind: TYPE) -> bool {
    match data {
        Data::Address(IpAddr::V4(_)) => kind == TYPE::A,
        Data::Address(IpAddr::V6(_)) => kind == TYPE::AAAA,
        Data::Server { .. } => kind == TYPE::SRV,
        Data::Alias(_) => false,
    }
}

fn called(code: RCODE) -> String {
    match code {
        RCODE::FormatError => "FORMERR: it does not understand the question".to_owned(),
        RCODE::ServerFailure => "SERVFAIL: it could not find out".to_owned(),
        RCODE::NotImplemented => "NOTIMP: it does not do that".to_owned(),
        RCODE::Refused => "REFUSED: it does not answer us, or not for this name".to_owned(),
        other => format!("{other:?}"),
    }
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nobody serves DNS there".to_owned(),
        _ => error.to_string(),
    }
}

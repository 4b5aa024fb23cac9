//! A whole look-up: from the name to endpoints.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use pool_core::Endpoint;
use simple_dns::TYPE;

use crate::endpoints::{Server, of_host, of_servers};
use crate::message::{Data, Record};
use crate::stub::{Found, Miss, Stub};
use crate::wanted::Wanted;
use crate::{Family, join};

/// What was found: one endpoint at least.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) endpoints: Vec<Endpoint>,
    /// In seconds.
    pub(crate) ttl: u32,
    /// What is not as it should be, for whoever looks after the pool.
    pub(crate) trouble: Option<String>,
}

/// The addresses that the targets of the last answer had last, for when no server can tell.
pub(crate) type Memory = HashMap<String, Vec<IpAddr>>;

/// A look-up.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) stub: Stub,
    pub(crate) family: Family,
    pub(crate) memory: &'a mut Memory,
}

impl Lookup<'_> {
    pub(crate) async fn of(&mut self, wanted: &Wanted) -> Result<Looked, Miss> {
        match wanted {
            Wanted::Addresses { host, port } => {
                let Found { all, ttl, .. } = self.addresses(host).await?;
                Ok(Looked { endpoints: of_host(&all, *port), ttl, trouble: None })
            }
            Wanted::Servers { service } => self.servers(service).await,
        }
    }

    async fn addresses(&self, host: &str) -> Result<Found<IpAddr>, Miss> {
        let (first, second) = match self.family {
            Family::V4 => return self.stub.addresses(host, TYPE::A).await,
            Family::V6 => return self.stub.addresses(host, TYPE::AAAA).await,
            Family::Both => return self.of_both(host).await,
            Family::PreferV4 => (TYPE::A, TYPE::AAAA),
            Family::PreferV6 => (TYPE::AAAA, TYPE::A),
        };
        match self.stub.addresses(host, first).await {
            Err(Miss::Nothing { why, ttl }) => match self.stub.addresses(host, second).await {
                Err(Miss::Nothing { .. }) => Err(Miss::Nothing { why, ttl }),
                other => other,
            },
            other => other,
        }
    }

    async fn of_both(&self, host: &str) -> Result<Found<IpAddr>, Miss> {
        let both = join::all([TYPE::A, TYPE::AAAA].map(|kind| self.stub.addresses(host, kind))).await;
        let (found, missed): (Vec<_>, Vec<_>) = both.into_iter().partition(Result::is_ok);
        // Half of it would be taken for the whole.
        let failed = missed.iter().position(|miss| matches!(miss, Err(Miss::Failed(_))));
        if let Some(miss) = failed.or(found.is_empty().then_some(0)).and_then(|at| missed.into_iter().nth(at)) {
            return miss;
        }
        let ttl = found.iter().flatten().map(|found| found.ttl).min().unwrap_or(0);
        let all = found.into_iter().flatten().flat_map(|found| found.all).collect();
        Ok(Found { all, ttl, extra: Vec::new() })
    }

    /// The servers of the first priority at which there are any: others are for when those are gone (RFC 2782).
    async fn servers(&mut self, service: &str) -> Result<Looked, Miss> {
        let Found { all, mut ttl, extra } = self.stub.find(service, TYPE::SRV).await?;
        let mut priorities: BTreeMap<u16, Vec<Server>> = BTreeMap::new();
        for data in all {
            if let Data::Server { priority, weight, port, target } = data
                && !target.is_empty()
            {
                let server = Server { target, port, priority, weight, addresses: Vec::new() };
                priorities.entry(priority).or_default().push(server);
            }
        }
        if priorities.is_empty() {
            // A single `.` as the target (RFC 2782).
            let why = format!("the records of `{service}` say that it is decidedly not there");
            return Err(Miss::Nothing { why, ttl: Some(ttl) });
        }
        self.forget_all_but(&priorities);
        let (mut troubles, mut has_failed) = (Vec::new(), false);
        for servers in priorities.into_values() {
            let found = join::all(servers.iter().map(|server| self.target(&server.target, &extra))).await;
            let mut reached = Vec::new();
            for (mut server, found) in servers.into_iter().zip(found) {
                match found {
                    Ok(mut found) => {
                        // Two servers on one host: its address came along with each.
                        found.all.sort_unstable();
                        found.all.dedup();
                        ttl = ttl.min(found.ttl);
                        self.memory.insert(server.target.clone(), found.all.clone());
                        server.addresses = found.all;
                    }
                    Err(miss) => {
                        has_failed |= matches!(miss, Miss::Failed(_));
                        ttl = 0;
                        server.addresses = self.remembered(&server.target, &miss);
                        troubles.push(trouble(&server.target, miss));
                    }
                }
                if !server.addresses.is_empty() {
                    reached.push(server);
                }
            }
            if !reached.is_empty() {
                troubles.sort();
                let trouble = (!troubles.is_empty()).then(|| troubles.join("; "));
                return Ok(Looked { endpoints: of_servers(&reached), ttl, trouble });
            }
        }
        troubles.sort();
        let why = troubles.join("; ");
        Err(if has_failed { Miss::Failed(why) } else { Miss::Nothing { why, ttl: Some(ttl) } })
    }

    /// The addresses of a target: those that came along, if they are of the family that is wanted first.
    async fn target(&self, target: &str, extra: &[Record]) -> Result<Found<IpAddr>, Miss> {
        let is_wanted = |address: &IpAddr| match self.family {
            Family::V4 | Family::PreferV4 => address.is_ipv4(),
            Family::V6 | Family::PreferV6 => address.is_ipv6(),
            // Who knows whether the others would have come along?
            Family::Both => false,
        };
        let (mut all, mut ttl) = (Vec::new(), u32::MAX);
        for record in extra.iter().filter(|record| record.name == target) {
            if let Data::Address(address) = &record.data
                && is_wanted(address)
            {
                all.push(*address);
                ttl = ttl.min(record.ttl);
            }
        }
        if all.is_empty() { self.addresses(target).await } else { Ok(Found { all, ttl, extra: Vec::new() }) }
    }

    /// Where each server has a name of its own that is never used again, as pods have, names would pile up.
    fn forget_all_but(&mut self, priorities: &BTreeMap<u16, Vec<Server>>) {
        let targets: HashSet<&str> = priorities.values().flatten().map(|server| server.target.as_str()).collect();
        self.memory.retain(|target, _| targets.contains(target.as_str()));
    }

    fn remembered(&self, target: &str, miss: &Miss) -> Vec<IpAddr> {
        match miss {
            Miss::Failed(_) => self.memory.get(target).cloned().unwrap_or_default(),
            Miss::Nothing { .. } => Vec::new(),
        }
    }
}

fn trouble(target: &str, miss: Miss) -> String {
    let (Miss::Nothing { why, .. } | Miss::Failed(why)) = miss;
    format!("the server `{target}` has no address: {why}")
}

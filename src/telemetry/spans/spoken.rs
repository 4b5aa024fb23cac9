//! What the pools speak, and the attributes that say so.

use std::collections::HashMap;

use opentelemetry::Value;
use parking_lot::RwLock;
use pool_core::catalog::Attribute;
use pool_core::{Endpoint, Protocol};

use super::draft::Told;
use crate::telemetry::label::shown;

/// What is spoken over the connections of each pool; of namesakes, of the one that was built last.
#[derive(Debug, Default)]
pub(super) struct Spoken(RwLock<HashMap<Box<str>, Protocol>>);

impl Spoken {
    pub(super) fn learn(&self, pool: &str, protocol: Protocol) {
        let mut known = self.0.write();
        // Most pools have none: what is not known is that.
        match protocol {
            Protocol::NONE => drop(known.remove(pool)),
            protocol => drop(known.insert(pool.into(), protocol)),
        }
    }

    /// The names of the conventions for what is spoken with an endpoint, if that has any.
    pub(super) fn describe(&self, span: &mut impl Told, pool: &str, endpoint: &Endpoint) {
        self.each(pool, endpoint, |attribute, value| span.set(attribute, value));
    }

    /// The same, one by one.
    pub(super) fn each(&self, pool: &str, endpoint: &Endpoint, mut tell: impl FnMut(Attribute, Value)) {
        let Some(protocol) = self.0.read().get(pool).copied() else { return };
        if protocol.has_servers {
            let (server, port) = endpoint.server_in(protocol);
            tell(Attribute::ServerAddress, shown(server).into_owned().into());
            if let Some(port) = port {
                tell(Attribute::ServerPort, i64::from(port).into());
            }
        }
        let words = [
            (Attribute::NetworkProtocol, protocol.name),
            (Attribute::DbSystem, protocol.db_system),
            (Attribute::RpcSystem, protocol.rpc_system),
        ];
        words.into_iter().filter_map(|(of, word)| Some((of, word?))).for_each(|(of, word)| tell(of, word.into()));
    }
}

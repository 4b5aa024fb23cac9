//! What is spoken over a connector's connections, in the words of OpenTelemetry's conventions.

use crate::Endpoint;

/// What is spoken over a connector's connections, in the words of OpenTelemetry's semantic conventions, so that spans
/// and metrics of its pools can use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub struct Protocol {
    /// Whether addresses are those of servers, which spans then name as `server.address` and `server.port`.
    pub has_servers: bool,
    /// `network.protocol.name`: `http`, `redis`, `postgresql`; lower case.
    pub name: Option<&'static str>,
    /// `db.system.name`, for a database: `redis`, `postgresql`.
    pub db_system: Option<&'static str>,
    /// `rpc.system.name`, for remote procedure calls: `grpc`.
    pub rpc_system: Option<&'static str>,
    /// The port that is meant where an address has none.
    pub default_port: Option<u16>,
}

impl Protocol {
    /// Nothing that has a convention, such as what is no connection.
    pub const NONE: Protocol =
        Protocol { has_servers: false, name: None, db_system: None, rpc_system: None, default_port: None };

    /// Bytes to a server, whatever they mean.
    pub const BYTES: Protocol = Protocol { has_servers: true, ..Protocol::NONE };

    /// A protocol of this name.
    pub const fn named(name: &'static str) -> Protocol {
        Protocol { name: Some(name), ..Protocol::BYTES }
    }

    /// A database's, of this `db.system.name`.
    #[must_use]
    pub const fn database(self, system: &'static str) -> Protocol {
        Protocol { db_system: Some(system), ..self }
    }

    /// One of remote procedure calls, of this `rpc.system.name`.
    #[must_use]
    pub const fn rpc(self, system: &'static str) -> Protocol {
        Protocol { rpc_system: Some(system), ..self }
    }

    /// With the port that is meant where an address has none.
    #[must_use]
    pub const fn default_port(self, port: u16) -> Protocol {
        Protocol { default_port: Some(port), ..self }
    }
}

impl Endpoint {
    /// As [`Endpoint::server`], with the protocol's own port where the address says none.
    pub fn server_in(&self, protocol: Protocol) -> (&str, Option<u16>) {
        let (server, port) = self.server();
        let has_ports = !self.address.starts_with("unix:");
        (server, port.or(protocol.default_port.filter(|_| has_ports)))
    }
}

//! Endpoints from DNS: the addresses of a name, or the servers of a service.
//!
//! `orders.example.com:7001` is looked up for addresses (A, AAAA): each is an endpoint. `_grpc._tcp.orders.example.com`
//! is looked up for servers (SRV, RFC 2782), which brings ports, priorities and weights. What is found counts as long as
//! it says itself, its TTL, and is then looked up again.
//!
//! **When nothing is found**, or no server answers, nothing changes: the pool keeps the endpoints that it has, is told
//! once what is wrong, and hears of the next set as soon as there is one. See [`DnsOptions::empty_after`].
//!
//! Servers are asked directly, those of `/etc/resolv.conf` if no others are named: by UDP, by TCP where an answer is too
//! long. Not looked at are `/etc/hosts` and search domains: a name is a whole name.

#![forbid(unsafe_code)]

mod discovery;
mod endpoints;
mod join;
mod lookup;
mod message;
mod options;
mod plugin;
mod servers;
mod stub;
mod transport;
mod wanted;

pub use discovery::DnsDiscovery;
pub use options::{DnsOptions, Family, Records};
pub use plugin::PLUGIN;

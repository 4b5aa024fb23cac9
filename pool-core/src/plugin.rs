//! Plugins: policies and sources of endpoints under a kind, with typed options, that a configuration
//! file can name.
//!
//! A policy crate exports `pub const PLUGIN: Plugin`, one with a source of endpoints
//! `pub const PLUGIN: DiscoveryPlugin`; an application lists the plugins that it wants, policies in a
//! [`Registry`]. Nothing registers itself: what no code names, the linker drops.

mod discovery;
mod factory;
mod registry;
mod stability;

pub use discovery::{DiscoveryFactory, DiscoveryPlugin};
pub use factory::{Builder, Factory, Plugin};
pub use registry::{Registry, RegistryError};
pub use stability::Stability;

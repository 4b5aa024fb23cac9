//! Plugins: policies under a kind, with typed options, that a configuration file can name.
//!
//! A policy crate exports `pub const PLUGIN: Plugin`; an application lists the plugins that it
//! wants in a [`Registry`]. Nothing registers itself: what no code names, the linker drops.

mod factory;
mod registry;

pub use factory::{Builder, Factory, Plugin};
pub use registry::{Registry, RegistryError};

//! The laws, by what they are about.

pub(crate) mod acquire;
pub(crate) mod balance;
pub(crate) mod conduct;
pub(crate) mod evict;
pub(crate) mod health;
pub(crate) mod machine;
pub(crate) mod options;
pub(crate) mod plugin;
pub(crate) mod queue;
pub(crate) mod release;
pub(crate) mod telemetry;
pub(crate) mod words;

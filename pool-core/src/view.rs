//! What policies see: read-only, borrowed from the books, nothing copied.

mod conn;
mod endpoints;
mod idle;
mod lease;
mod queue;
mod usage;

pub use conn::ConnView;
pub(crate) use endpoints::{Burden, Offer, Room};
pub use endpoints::{EndpointView, EndpointsView};
pub use idle::IdleView;
pub use lease::LeaseView;
pub use queue::QueueView;
pub use usage::UsageView;

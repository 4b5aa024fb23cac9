//! What can go wrong, and what to look at then.

mod about;
mod acquire;
mod dial;
mod mistakes;
mod warm;

pub use about::About;
pub(crate) use about::Told;
pub use acquire::{AcquireError, Phase};
pub use dial::DialError;
pub use mistakes::{BuildError, Mistakes};
pub(crate) use mistakes::{in_endpoints, in_set, weightless};
pub use warm::WarmError;

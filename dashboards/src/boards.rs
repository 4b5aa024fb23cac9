//! The five dashboards, one file each.

mod endpoints;
mod fleet;
mod policies;
mod pool;
mod telemetry;

use crate::dashboard::Dashboard;

/// Every dashboard, from the widest view to the narrowest, and how telemetry itself is doing.
pub fn all() -> Vec<Dashboard> {
    vec![fleet::dashboard(), pool::dashboard(), endpoints::dashboard(), policies::dashboard(), telemetry::dashboard()]
}

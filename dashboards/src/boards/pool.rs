//! *Pool*: who waits, how long and why; who holds; what is closed; is the size right?

mod connections;
mod leases;
mod now;
mod wrong;

use crate::dashboard::Dashboard;
use crate::variable::Variable;

/// The dashboard.
pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        name: "pool",
        title: "Clearpool / Pool",
        answers: "What is wrong with this pool? Who waits, how long and why, who holds connections and since when, \
                  what was closed for what reason, and whether the pool should be larger or the backend faster.",
        variables: Variable::of_pools(),
        panels: [wrong::panels(), now::panels(), leases::panels(), connections::panels()].concat(),
    }
}

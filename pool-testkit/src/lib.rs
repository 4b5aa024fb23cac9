//! What proves a policy: laws, promises, and mutants.
//!
//! * A **law** holds for every policy of a role: it answers with what is on view, it says why, the same
//!   seed gives the same answers, its options survive a round trip. One line checks them all:
//!
//!   ```no_run
//!   # mod pool_acquire_mine { pub use pool_testkit::mutants::acquire::STALE as PLUGIN; }
//!   # fn main() {}
//!   pool_testkit::conformance!(pool_acquire_mine::PLUGIN);
//!   ```
//!
//! * A **promise** is what one policy says of itself: an order, a share, a spread of lifetimes. See
//!   [`promise`].
//! * A **mutant** is a policy that is wrong on purpose. See [`mutants`]: each is caught by a law, and a
//!   test shows by which, so that a law that proves nothing would be noticed.
//!
//! * What a call **costs** beside the plainest policy of its role is a bench of one line: [`bench!`].
//!
//! `README.md` lists all laws and promises.
//!
//! Laws look at a policy twice. On paper: random pools of [`pool_core::fixture::Paper`], in which every
//! question can be asked at any time. And in the real machine, by [`pool_sim`]: storms of callers, failing
//! dials, endpoints that come, go and change, limits that move, shared connections; then calm, and a drain.
//! Both are made from seeds, so that every counter-example can be seen again.

#![forbid(unsafe_code)]

pub mod bench;
mod churn;
mod conformance;
mod diary;
mod guard;
mod heir;
mod law;
mod laws;
mod line;
pub mod mutants;
mod neighbours;
pub mod promise;
mod report;
mod rush;
mod scene;
mod storm;
mod subject;
pub mod telemetry;
mod traffic;
mod ward;

pub use conformance::Conformance;
pub use law::{Law, Verdict, laws_of};
pub use report::{Finding, Report, Status};
pub use serde_json::json;
pub use subject::Subject;

/// A test named `conformance` that checks a plugin against all laws of its role.
///
/// The plugin is checked with its defaults, if it has any, and with its example; further sets of options
/// follow as JSON:
///
/// ```no_run
/// # mod pool_evict_mine { pub use pool_testkit::mutants::evict::FRESH_JITTER as PLUGIN; }
/// # fn main() {}
/// pool_testkit::conformance!(pool_evict_mine::PLUGIN, { "max_age": "1s" }, { "max_age": "never" });
/// ```
///
/// A policy that breaks a law on purpose says so, with [`Conformance::waive`] in a test of its own.
#[macro_export]
macro_rules! conformance {
    ($plugin:expr $(, $options:tt)* $(,)?) => {
        #[test]
        fn conformance() {
            $crate::Conformance::of($plugin)$(.options($crate::json!($options)))*.assert();
        }
    };
}

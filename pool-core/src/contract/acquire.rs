//! Which idle connection is handed out.

use std::any::Any;
use std::fmt;

use super::{Cx, Decision};
use crate::{EntryId, IdleView, Reason};

/// Which idle connection of one endpoint is handed out.
///
/// ```
/// use pool_core::{AcquirePolicy, Cx, Decision, EntryId, IdleView, Reason};
///
/// /// The connection that was used least.
/// #[derive(Debug)]
/// struct LeastUsed;
///
/// impl AcquirePolicy for LeastUsed {
///     fn choose(&mut self, idle: &IdleView<'_>, _cx: &mut Cx<'_>) -> Decision<EntryId> {
///         let why = Reason::new("least-used");
///         match idle.newest_first().min_by_key(|conn| conn.uses()) {
///             Some(conn) => Decision::of(conn.id(), why),
///             None => Decision::none(why),
///         }
///     }
/// }
/// ```
pub trait AcquirePolicy: Any + Send + fmt::Debug {
    /// Picks one of the idle connections on view. Never called with an empty view.
    ///
    /// An answer that is not on view is overruled by the newest.
    fn choose(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Decision<EntryId>;

    /// The same choice as plain data, if it is one of the simple ones: the machine then follows
    /// the rule without calling the policy. Asked once, when the policy is installed.
    fn rule(&self) -> Option<AcquireRule> {
        None
    }

    /// It takes the place of `old` on a live pool, and goes on with what it takes over of that one's state.
    ///
    /// `old.downcast_mut::<Self>()` says whether that was of the same kind, with other options. It is dropped
    /// afterwards, so take what you like. Default: nothing is taken over.
    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

/// A choice among idle connections that the machine can make by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireRule {
    /// The connection released last.
    Newest(Reason),
    /// The connection released longest ago.
    Oldest(Reason),
}

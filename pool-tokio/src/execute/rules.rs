//! When an operation is run once more.

/// What an operation's error says of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is of no more use. It is closed, and the operation may be worth another try.
    Bad {
        /// Whether anything was written, so that the peer may have carried the operation out. If it
        /// is not known: yes.
        written: bool,
        /// Whether any of the answer had come. If it is not known: yes.
        answered: bool,
    },
    /// The operation failed and would fail again; the connection did not, and stays.
    Final,
}

impl Fault {
    /// The connection was bad before anything was written: the operation was not carried out. What Go's
    /// drivers call `driver.ErrBadConn`.
    pub const UNSENT: Fault = Fault::Bad { written: false, answered: false };
    /// The connection broke before the first byte of the answer: the operation may have been carried out.
    pub const UNANSWERED: Fault = Fault::Bad { written: true, answered: false };
    /// The connection broke in the middle of the answer, or nobody knows when.
    pub const BROKEN: Fault = Fault::Bad { written: true, answered: true };
}

/// When an operation is run once more, on another connection.
///
/// One thing comes before every rule: an operation is repeated only if that does no harm. It must be
/// [repeatable](super::Executor::unrepeatable) at all; and either nothing was written, or it is
/// [idempotent](super::Executor::idempotent) and no part of its answer had come.
///
/// The rules of known pools are put together from three words: [`Retry::at_most`],
/// [`Retry::last_on_fresh`], [`Retry::only_reused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    tries: Tries,
    last_on_fresh: bool,
    only_reused: bool,
}

/// So many tries in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tries {
    AtMost(u32),
    /// One more than there may be connections.
    AsConnections,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry::never()
    }
}

impl Retry {
    /// One try and no more.
    pub const fn never() -> Retry {
        Retry::at_most(1)
    }

    /// So many tries in all, on whatever connection comes. Zero is one.
    pub const fn at_most(tries: u32) -> Retry {
        Retry { tries: Tries::AtMost(tries), last_on_fresh: false, only_reused: false }
    }

    /// As Go's database/sql: two tries on whatever connection comes, one that lies in the pool first of
    /// all, and a third on one that does not: see [`AcquireOptions::fresh`](crate::AcquireOptions::fresh).
    /// With five bad ones in the pool, two are closed, a sixth is dialed and three are left.
    ///
    /// There a driver returns `ErrBadConn` only if the operation was not carried out, which is
    /// [`Fault::UNSENT`]: what was written is repeated here too only if it is idempotent.
    pub const fn database_sql() -> Retry {
        Retry::at_most(3).last_on_fresh()
    }

    /// As the transport of Go's net/http: as often as need be, but only if the connection was reused
    /// ([`Lease::is_reused`](crate::Lease::is_reused)). One straight from its dial had no time to go
    /// stale, so that another would fail like it.
    pub const fn net_http() -> Retry {
        Retry::at_most(u32::MAX).only_reused()
    }

    /// As pgxpool looks for a connection that answers: until one straight from its dial has failed too,
    /// but at most once more than `limits.max_open` allows connections, so that every one that was in
    /// the pool may be bad.
    pub const fn until_fresh() -> Retry {
        Retry { tries: Tries::AsConnections, last_on_fresh: false, only_reused: true }
    }

    /// The last try is on a connection that does not lie in the pool.
    #[must_use]
    pub const fn last_on_fresh(self) -> Retry {
        Retry { last_on_fresh: true, ..self }
    }

    /// Only after a connection that was in the pool before: see [`Lease::is_reused`](crate::Lease::is_reused).
    #[must_use]
    pub const fn only_reused(self) -> Retry {
        Retry { only_reused: true, ..self }
    }

    /// On which connection the next try is; `None` if there is none. `max_open` is asked only if it
    /// matters.
    pub(super) fn next(self, last: Try, terms: Terms, max_open: impl FnOnce() -> u32) -> Option<Next> {
        let harmless = terms.repeatable
            && match last.fault {
                Fault::Bad { written: false, .. } => true,
                Fault::Bad { written: true, answered } => terms.idempotent && !answered,
                Fault::Final => false,
            };
        if !harmless || (self.only_reused && !last.reused) {
            return None;
        }
        let most = match self.tries {
            Tries::AtMost(tries) => tries,
            Tries::AsConnections => max_open().saturating_add(1),
        };
        match most.saturating_sub(last.tried) {
            0 => None,
            1 if self.last_on_fresh => Some(Next::OnFresh),
            _ => Some(Next::OnAny),
        }
    }
}

/// A try that failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Try {
    /// The how-manyth it was, from 1.
    pub(super) tried: u32,
    pub(super) reused: bool,
    pub(super) fault: Fault,
}

/// On which connection the next try is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    OnAny,
    OnFresh,
}

/// What is known of an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) idempotent: bool,
    pub(super) repeatable: bool,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms { idempotent: false, repeatable: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Terms = Terms { idempotent: false, repeatable: true };
    const IDEMPOTENT: Terms = Terms { idempotent: true, repeatable: true };
    const ONCE: Terms = Terms { idempotent: true, repeatable: false };

    /// What follows try after try of which each fails like that, on connections that are reused or not.
    fn course(rule: Retry, terms: Terms, fault: Fault, reused: &[bool]) -> Vec<Next> {
        let tries = (1..).zip(reused).map(|(tried, &reused)| Try { tried, reused, fault });
        tries.map_while(|one| rule.next(one, terms, || 4)).collect()
    }

    #[test]
    fn each_rule_has_its_course_where_nothing_was_written() {
        use Next::{OnAny, OnFresh};
        let (unsent, reused) = (Fault::UNSENT, [true; 9]);
        assert_eq!(course(Retry::never(), IDEMPOTENT, unsent, &reused), []);
        assert_eq!(course(Retry::at_most(0), PLAIN, unsent, &reused), []);
        assert_eq!(course(Retry::database_sql(), PLAIN, unsent, &reused), [OnAny, OnFresh]);
        assert_eq!(course(Retry::database_sql(), PLAIN, unsent, &[false; 9]), [OnAny, OnFresh]);
        assert_eq!(course(Retry::net_http(), PLAIN, unsent, &reused), [OnAny; 9]);
        assert_eq!(course(Retry::net_http(), PLAIN, unsent, &[true, true, false, true]), [OnAny; 2]);
        assert_eq!(course(Retry::until_fresh(), PLAIN, unsent, &reused), [OnAny; 4], "five tries for four connections");
        assert_eq!(course(Retry::until_fresh(), PLAIN, unsent, &[true, false]), [OnAny]);
    }

    #[test]
    fn no_rule_repeats_what_may_do_harm() {
        let rules = [Retry::database_sql(), Retry::net_http(), Retry::until_fresh(), Retry::at_most(2)];
        for rule in rules {
            let again = |terms, fault| !course(rule, terms, fault, &[true]).is_empty();
            assert!(again(PLAIN, Fault::UNSENT) && again(IDEMPOTENT, Fault::UNSENT), "{rule:?}");
            assert!(again(IDEMPOTENT, Fault::UNANSWERED), "{rule:?}");
            assert!(!again(PLAIN, Fault::UNANSWERED), "it may have been carried out: {rule:?}");
            assert!(!again(IDEMPOTENT, Fault::BROKEN), "a part of the answer was seen: {rule:?}");
            assert!(!again(ONCE, Fault::UNSENT), "it cannot be run again: {rule:?}");
            assert!(!again(IDEMPOTENT, Fault::Final), "it would fail again: {rule:?}");
        }
    }

    #[test]
    fn a_pool_without_a_limit_has_no_last_try() {
        let last = Try { tried: u32::MAX - 1, reused: true, fault: Fault::UNSENT };
        assert_eq!(Retry::until_fresh().next(last, PLAIN, || u32::MAX), Some(Next::OnAny));
    }
}

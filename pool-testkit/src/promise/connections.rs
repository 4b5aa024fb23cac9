//! Promises about connections: in which order, how long, how often.

use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{Endpoint, EntryId, Outcome, Settle, Time};

use crate::Subject;

/// Connections 1, 2, 3… of one endpoint, returned in that order, are handed out in this order.
///
/// # Panics
/// If they are not.
#[track_caller]
pub fn handed_out_in_order(subject: impl Into<Subject>, order: &[usize]) {
    let subject = subject.into();
    let mut policy = subject.acquire();
    let mut paper = Paper::new();
    let endpoint = paper.endpoint(Endpoint::new("a:1"));
    let returned: Vec<_> = order.iter().map(|_| idle_a_second(&mut paper, endpoint)).collect();
    let mut handed_out = Vec::new();
    for _ in order {
        let decision = paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(endpoint), cx));
        let id = decision.choice.unwrap_or_else(|| panic!("{subject}: it chose nothing after {handed_out:?}"));
        paper.lease(id);
        handed_out.push(number(&returned, id));
    }
    assert_eq!(handed_out, order, "{subject}: handed out on the left, promised on the right");
}

/// Connections 1, 2, 3… returned in that order, each of another endpoint, are named as victims of an
/// overflow of the whole pool in this order.
///
/// # Panics
/// If they are not.
#[track_caller]
pub fn victims_in_order(subject: impl Into<Subject>, order: &[usize]) {
    let subject = subject.into();
    let mut policy = subject.evict();
    let mut paper = Paper::new();
    let join = |at| paper.endpoint(Endpoint::new(format!("{at}:1")));
    let endpoints: Vec<_> = (0..order.len()).map(join).collect();
    let returned: Vec<_> = endpoints.into_iter().map(|endpoint| idle_a_second(&mut paper, endpoint)).collect();
    let mut closed = Vec::new();
    for _ in order {
        let decision = paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx));
        let id = decision.and_then(|decision| decision.choice);
        let id = id.unwrap_or_else(|| panic!("{subject}: it named none after {closed:?}"));
        paper.close(id);
        closed.push(number(&returned, id));
    }
    assert_eq!(closed, order, "{subject}: closed on the left, promised on the right");
}

/// A connection is kept until it has served so many leases, and closed after the last; `None`: it is
/// never closed for its use, tried for a thousand.
///
/// # Panics
/// If it is closed earlier or later.
#[track_caller]
pub fn kept_for(subject: impl Into<Subject>, leases: Option<u32>) {
    let subject = subject.into();
    let mut policy = subject.release();
    let mut paper = Paper::new();
    let endpoint = paper.endpoint(Endpoint::new("a:1"));
    let conn = paper.idle(endpoint, paper.now());
    for served in 1..=leases.unwrap_or(1000) {
        paper.lease(conn);
        paper.advance(Duration::from_millis(1));
        let settle = paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conn, Outcome::Ok), cx));
        let wanted = if Some(served) == leases { Settle::Close } else { Settle::Keep };
        assert_eq!(settle.choice, Some(wanted), "{subject}: after lease {served}; promised on the right");
        paper.release(conn);
    }
}

/// Connections that are born together live at least `shortest` and at most `longest`, and spread over
/// all that lies between: of a thousand no tenth of it gets more than twice its due. If the two are equal,
/// all live equally long.
///
/// # Panics
/// If one lives shorter or longer, or many expire together.
#[track_caller]
pub fn lifetimes_spread(subject: impl Into<Subject>, shortest: Duration, longest: Duration) {
    const COHORT: usize = 1000;
    let subject = subject.into();
    let policy = subject.evict();
    let mut paper = Paper::new();
    let endpoint = paper.endpoint(Endpoint::new("a:1"));
    let mut tenths = [0; 10];
    for _ in 0..COHORT {
        let conn = paper.idle(endpoint, Time::ZERO);
        let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx));
        let lives = expiry.unwrap_or_else(|| panic!("{subject}: {conn} has no deadline")).at.since(Time::ZERO);
        assert!((shortest..=longest).contains(&lives), "{subject}: {conn} lives {lives:?}");
        let part = (lives - shortest).as_secs_f64() / (longest - shortest).as_secs_f64().max(f64::MIN_POSITIVE);
        tenths[((part * 10.0) as usize).min(9)] += 1;
    }
    let crowded = tenths.iter().any(|&expire| expire > 2 * COHORT / 10);
    assert!(!crowded || shortest == longest, "{subject}: they expire in crowds: {tenths:?} in ten parts of the time");
}

/// A connection expires when it has been idle for so long: since its last release, or since it was ready.
///
/// # Panics
/// If it expires at another time.
#[track_caller]
pub fn idle_at_most(subject: impl Into<Subject>, longest: Duration) {
    let subject = subject.into();
    let policy = subject.evict();
    let mut paper = Paper::new();
    let endpoint = paper.endpoint(Endpoint::new("a:1"));
    paper.advance(Duration::from_secs(10));
    let conn = paper.idle(endpoint, Time::ZERO);
    for lease in 0..3 {
        let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx));
        let at = expiry.map(|expiry| expiry.at);
        assert_eq!(at, Some(paper.now().after(longest)), "{subject}: after lease {lease}; promised on the right");
        paper.lease(conn);
        paper.advance(Duration::from_secs(3));
        paper.release(conn);
    }
}

fn idle_a_second(paper: &mut Paper, endpoint: pool_core::EndpointId) -> EntryId {
    paper.advance(Duration::from_secs(1));
    paper.idle(endpoint, Time::ZERO)
}

/// Which of those that were returned, counted from one.
fn number(returned: &[EntryId], id: EntryId) -> usize {
    returned.iter().position(|&it| it == id).map_or(0, |at| at + 1)
}

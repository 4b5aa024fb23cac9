//! The calls of each role.

use std::hint::black_box;
use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{
    AcquirePolicy, BalancePolicy, Cx, Endpoint, EndpointId, EntryId, EvictPolicy, HealthPolicy, Membership, Outcome,
    QueuePolicy, QueueView, Random, ReleasePolicy, Role, Standings, Time,
};

use super::Case;
use super::plainest::Plainest;
use crate::Subject;

/// Every call of the plugin's role, among so many endpoints, connections or callers.
pub(crate) fn cases(subject: &Subject, size: usize) -> Vec<Case> {
    let case = |call, policy, plainest| Case { call, policy, plainest };
    match subject.plugin().role() {
        Role::Acquire => {
            vec![case("choose", choose(subject.acquire(), size), choose(Box::new(Plainest), size))]
        }
        Role::Release => {
            vec![case("settle", settle(subject.release(), size), settle(Box::new(Plainest), size))]
        }
        Role::Evict => vec![
            case("expires_at", expires_at(subject.evict(), size), expires_at(Box::new(Plainest), size)),
            case("victim", victim(subject.evict(), size), victim(Box::new(Plainest), size)),
        ],
        Role::Balance => vec![
            case("pick and served", pick(subject.balance(), size, None), pick(Box::new(Plainest), size, None)),
            case(
                "the same with a key",
                pick(subject.balance(), size, Some(1)),
                pick(Box::new(Plainest), size, Some(1)),
            ),
            case("feedback", feedback(subject.balance(), size), feedback(Box::new(Plainest), size)),
        ],
        Role::Health => vec![
            case("ended", ended(subject.health(), size), ended(Box::new(Plainest), size)),
            case("review", review(subject.health(), size), review(Box::new(Plainest), size)),
        ],
        Role::Queue => vec![case("next", next(subject.queue(), size), next(Box::new(Plainest), size))],
    }
}

/// One endpoint with so many idle connections.
fn idle(size: usize) -> (Paper, EndpointId, Vec<EntryId>) {
    let mut paper = Paper::new();
    paper.advance(Duration::from_secs(10));
    let endpoint = paper.endpoint(Endpoint::new("a:1"));
    let conns = (0..size).map(|_| paper.idle(endpoint, paper.now())).collect();
    (paper, endpoint, conns)
}

/// So many endpoints, all of which can serve.
fn endpoints(size: usize, mut tell: impl FnMut(Membership<'_>)) -> (Paper, Vec<EndpointId>) {
    let mut paper = Paper::new();
    paper.advance(Duration::from_secs(10));
    let mut join = |at| {
        let endpoint = Endpoint::new(format!("{at}:1")).weight(1 + at % 3);
        let id = paper.endpoint(endpoint.clone());
        tell(Membership::Joined(id, &endpoint));
        id
    };
    let ids = (0..u32::try_from(size).unwrap_or(u32::MAX)).map(&mut join).collect();
    (paper, ids)
}

fn choose(mut policy: Box<dyn AcquirePolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, endpoint, _) = idle(size);
    Box::new(move || {
        black_box(paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(endpoint), cx)));
    })
}

fn settle(mut policy: Box<dyn ReleasePolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, _, conns) = idle(size);
    conns.iter().for_each(|&conn| paper.lease(conn));
    let mut turn = 0;
    Box::new(move || {
        turn = (turn + 1) % size;
        let conn = conns[turn];
        black_box(paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conn, Outcome::Ok), cx)));
    })
}

fn expires_at(policy: Box<dyn EvictPolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, _, conns) = idle(size);
    let mut turn = 0;
    Box::new(move || {
        turn = (turn + 1) % size;
        let conn = conns[turn];
        black_box(paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx)));
    })
}

fn victim(mut policy: Box<dyn EvictPolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, ..) = idle(size);
    Box::new(move || {
        black_box(paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx)));
    })
}

fn pick(mut policy: Box<dyn BalancePolicy>, size: usize, key: Option<u64>) -> Box<dyn FnMut()> {
    let (mut paper, _) = endpoints(size, |change| policy.membership(change));
    let mut keys = Random::with_seed(key.unwrap_or(0));
    Box::new(move || {
        let key = key.map(|_| keys.next_u64());
        paper.with_cx(key, |paper, cx| {
            let view = paper.endpoints_view();
            if let Some(id) = black_box(policy.pick(&view, cx)).choice {
                policy.served(id, &view, cx);
            }
        });
    })
}

fn feedback(mut policy: Box<dyn BalancePolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, ids) = endpoints(size, |change| policy.membership(change));
    let (took, mut turn) = (Duration::from_millis(1), 0);
    Box::new(move || {
        turn = (turn + 1) % size;
        paper.advance(Duration::from_micros(1));
        paper.with_cx(None, |_, cx| policy.feedback(ids[turn], Outcome::Ok, took, cx));
    })
}

fn ended(mut policy: Box<dyn HealthPolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, ids) = endpoints(size, |change| policy.membership(change));
    let (took, mut turn) = (Duration::from_millis(1), 0);
    Box::new(move || {
        turn = (turn + 1) % size;
        paper.advance(Duration::from_micros(1));
        black_box(paper.with_cx(None, |_, cx| policy.ended(ids[turn], Outcome::Ok, took, cx)));
    })
}

fn review(mut policy: Box<dyn HealthPolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut paper, _) = endpoints(size, |change| policy.membership(change));
    Box::new(move || {
        let mut said = Standings::new();
        paper.advance(Duration::from_secs(10));
        black_box(paper.with_cx(None, |paper, cx| policy.review(&paper.endpoints_view(), &mut said, cx)));
    })
}

fn next(mut policy: Box<dyn QueuePolicy>, size: usize) -> Box<dyn FnMut()> {
    let (mut now, mut random) = (Time::ZERO.after(Duration::from_secs(10)), Random::with_seed(0));
    Box::new(move || {
        now = now.after(Duration::from_micros(1));
        let view = QueueView::on_paper(now, size, now, now);
        black_box(policy.next(&view, &mut Cx { now, key: None, random: &mut random }));
    })
}

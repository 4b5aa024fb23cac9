//! Policies of connections: acquire, release, evict.

use pool_core::fixture::Paper;
use pool_core::{EvictPolicy, Outcome};

use super::{Diary, Walk};
use crate::Subject;
use crate::laws::evict::prunings;
use crate::scene::{STEPS, Scene};

pub(super) fn acquire(subject: &Subject, walk: Walk, diary: &mut Diary) {
    let mut policy = subject.acquire();
    on_the_way(walk, |scene| {
        let key = scene.key();
        for endpoint in scene.endpoints.clone() {
            if scene.paper.idle_view(endpoint).is_empty() {
                continue;
            }
            let choice = scene.paper.with_cx(key, |paper, cx| policy.choose(&paper.idle_view(endpoint), cx));
            diary.note(format!("of {endpoint}: {choice:?}"), choice.reason);
        }
    });
}

pub(super) fn release(subject: &Subject, walk: Walk, diary: &mut Diary) {
    let mut policy = subject.release();
    on_the_way(walk, |scene| {
        for id in scene.leased.clone() {
            for &outcome in Outcome::ALL.iter().filter(|outcome| outcome.reusable()) {
                let settle = scene.paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(id, outcome), cx));
                diary.note(format!("{id} {}: {settle:?}", outcome.as_str()), settle.reason);
            }
        }
    });
}

pub(super) fn evict(subject: &Subject, walk: Walk, diary: &mut Diary) {
    let mut policy = subject.evict();
    on_the_way(walk, |scene| {
        deadlines(&*policy, scene, walk, diary);
        let victim = scene.paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx));
        if let Some(victim) = victim {
            diary.note(format!("the victim: {victim:?}"), victim.reason);
        }
        for (endpoint, most_used, excess) in prunings(&mut *policy, scene) {
            diary.note(format!("too many of {endpoint}, where {most_used} were used: {excess:?}"), excess.reason);
        }
    });
}

fn deadlines(policy: &dyn EvictPolicy, scene: &mut Scene, walk: Walk, diary: &mut Diary) {
    let ids: Vec<_> = scene.paper.pool_view().oldest_first().map(|conn| conn.id()).collect();
    for id in ids {
        let expiry = scene.paper.with_cx(None, |paper: &Paper, cx| policy.expires_at(&paper.conn_view(id), cx));
        if let Some(expiry) = expiry {
            let at = walk.since_origin(expiry.at);
            diary.note(format!("{id} expires at {at}: {:?}, {}", expiry.moments, expiry.reason), expiry.reason);
        }
    }
}

fn on_the_way(walk: Walk, mut ask: impl FnMut(&mut Scene)) {
    let mut scene = Scene::at(walk.seed, walk.origin);
    for step in 0..STEPS {
        walk.pause_at(step, STEPS);
        scene.step();
        ask(&mut scene);
    }
}

//! A policy that takes the place of another on a live pool.

use pool_core::Role;

use crate::laws::{acquire, evict};
use crate::line::Line;
use crate::scene::Scene;
use crate::traffic::{Traffic, random_weights};
use crate::ward::Ward;
use crate::{Subject, Verdict};

/// What was no policy of any kind that a policy knows.
pub(crate) struct Stranger;

/// So much happens before and after it.
const STEPS: usize = 40;

/// Goes half a way with one policy, lets others take its place, and goes on.
pub(crate) fn takes_over(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    match old.plugin().role() {
        Role::Acquire => of_acquire(old, heir, seed),
        Role::Release => of_release(old, heir, seed),
        Role::Evict => of_evict(old, heir, seed),
        Role::Balance => of_balance(old, heir, seed),
        Role::Health => of_health(old, heir, seed),
        Role::Queue => of_queue(old, heir, seed),
    }
}

fn of_acquire(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    let (mut scene, mut policy) = (Scene::new(seed), old.acquire());
    for step in 0..2 * STEPS {
        scene.step();
        if step == STEPS {
            let mut new = heir.acquire();
            new.inherit(&mut Stranger);
            new.inherit(&mut *policy);
            policy = new;
        }
        for (endpoint, choice) in acquire::choices(&mut *policy, &mut scene) {
            acquire::check_choice(&scene.paper, endpoint, choice)?;
        }
    }
    Ok(())
}

fn of_release(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    let (mut scene, mut policy) = (Scene::new(seed), old.release());
    for step in 0..2 * STEPS {
        scene.step();
        if step == STEPS {
            let mut new = heir.release();
            new.inherit(&mut Stranger);
            new.inherit(&mut *policy);
            policy = new;
        }
        for id in scene.leased.clone() {
            let settle =
                scene.paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(id, pool_core::Outcome::Ok), cx));
            settle.choice.ok_or_else(|| format!("of {id} it said nothing"))?;
        }
    }
    Ok(())
}

fn of_evict(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    let (mut scene, mut policy) = (Scene::new(seed), old.evict());
    for step in 0..2 * STEPS {
        scene.step();
        if step == STEPS {
            let mut new = heir.evict();
            new.inherit(&mut Stranger);
            new.inherit(&mut *policy);
            policy = new;
        }
        evict::expiries(&*policy, &mut scene);
        evict::prunings(&mut *policy, &mut scene);
        let victim = scene.paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx));
        evict::check_victim(victim, &scene.paper.pool_view())?;
    }
    Ok(())
}

fn of_balance(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    let (mut traffic, _) = Traffic::with_weights(old, seed, &random_weights(seed));
    for step in 0..2 * STEPS {
        if step == STEPS {
            traffic.succeed(heir);
        }
        if traffic.dice.below(3) == 0 {
            traffic.stir();
        }
        if traffic.can_pick() {
            traffic.round()?;
        }
    }
    Ok(())
}

fn of_health(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    let mut ward = Ward::of_size(old, seed, 5);
    for step in 0..2 * STEPS {
        if step == STEPS {
            ward.succeed(heir);
        }
        ward.step();
        let stranger = ward.review().into_iter().find(|(id, ..)| !ward.endpoints.contains(id));
        stranger.map_or(Ok(()), |(id, ..)| Err(format!("it speaks of {id}, which is not part of the pool")))?;
    }
    Ok(())
}

fn of_queue(old: &Subject, heir: &Subject, seed: u64) -> Verdict {
    let mut line = Line::new(old, seed);
    for step in 0..2 * STEPS {
        if step == STEPS {
            line.succeed(heir);
        }
        line.step();
        line.serve();
    }
    Ok(())
}

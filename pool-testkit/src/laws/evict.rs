//! Which idle connections must go.

use std::collections::HashMap;

use pool_core::fixture::Paper;
use pool_core::{Decision, Endpoint, EndpointId, EntryId, EvictPolicy, Expiry, ExpiryRule, IdleView, Moments};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::scene::{Scene, explore};

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "expires-after-birth",
        "no deadline lies before the connection's birth",
        "count from `conn.created()` or `conn.idle_since()`, forwards",
        after_birth,
    ),
    Law::new(
        "expiry-is-looked-at",
        "a deadline has at least one moment to be looked at",
        "`Moments::at_least_one` refuses options that name none",
        looked_at,
    ),
    Law::new(
        "deadline-is-stable",
        "asked twice at one moment it names the same deadline",
        "take jitter from `conn.draw()`, which stays from birth to close, and not from `cx.random`",
        stable,
    ),
    Law::new(
        "victim-is-on-view",
        "the victim is one of the idle connections on view",
        "choose anew at each call, from the view",
        victim_on_view,
    ),
    Law::new(
        "never-names-a-leased-one",
        "no connection that somebody holds is a victim",
        "an id that was idle when it was on view may be leased by now: keep no ids",
        never_leased,
    ),
    Law::new(
        "victim-when-it-can",
        "of one, two or many it names one or abstains; of none, none",
        "answer `None` to abstain, and `Some` with a choice otherwise",
        when_it_can,
    ),
    Law::new(
        "rule-is-the-policy",
        "deadlines depend on a connection's life as the rule says",
        "the machine asks no more often than `rule` says: `ExpiryRule::Ask` if in doubt",
        rule_agrees,
    ),
];

fn after_birth(subject: &Subject) -> Verdict {
    each_expiry(subject, |scene, id, expiry| {
        let created = scene.paper.conn_view(id).created();
        if expiry.at >= created {
            Ok(())
        } else {
            Err(format!("{id}, born at {created:?}, expired at {:?}", expiry.at))
        }
    })
}

fn looked_at(subject: &Subject) -> Verdict {
    each_expiry(subject, |_, id, expiry| {
        if expiry.moments == Moments::NONE { Err(format!("{id} expires, and nobody looks")) } else { Ok(()) }
    })
}

fn stable(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.evict(),
        |policy, scene, _| {
            // The second time the randomness handed in is another.
            let (first, second) = (expiries(&**policy, scene), expiries(&**policy, scene));
            let differing = first.iter().zip(&second).find(|(one, other)| one != other);
            differing.map_or(Ok(()), |((id, one), (_, other))| {
                Err(format!("the deadline of {id} was {one:?}, and asked again {other:?}; jitter comes from draw()"))
            })
        },
    )
}

fn victim_on_view(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.evict(),
        |policy, scene, _| {
            let endpoint = scene.any_endpoint();
            let of_pool = ask_victim(&mut **policy, &mut scene.paper, Paper::pool_view);
            check_victim(of_pool, &scene.paper.pool_view())?;
            let of_endpoint = ask_victim(&mut **policy, &mut scene.paper, |paper| paper.idle_view(endpoint));
            check_victim(of_endpoint, &scene.paper.idle_view(endpoint))
        },
    )
}

fn never_leased(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.evict(),
        |policy, scene, _| {
            let victim = ask_victim(&mut **policy, &mut scene.paper, Paper::pool_view);
            let named = victim.and_then(|decision| decision.choice);
            match named.filter(|id| scene.leased.contains(id)) {
                None => Ok(()),
                Some(id) => Err(format!("it named {id}, which is leased")),
            }
        },
    )
}

pub(crate) fn check_victim(victim: Option<Decision<EntryId>>, view: &IdleView<'_>) -> Verdict {
    let Some(decision) = victim else { return Ok(()) };
    let shown = || view.newest_first().map(|conn| conn.id().to_string()).collect::<Vec<_>>().join(" ");
    match decision.choice {
        None if view.is_empty() => Ok(()),
        None => Err(format!("it answered and named none of {}; to abstain is to answer `None`", shown())),
        Some(id) if view.get(id).is_none() => {
            Err(format!("it named {id}, which is not on view; on view are {}", shown()))
        }
        Some(_) => Ok(()),
    }
}

fn when_it_can(subject: &Subject) -> Verdict {
    for size in [0, 1, 2, 300] {
        let mut policy = subject.evict();
        let mut paper = Paper::new();
        let endpoint = paper.endpoint(Endpoint::new("a:1"));
        for _ in 0..size {
            paper.idle(endpoint, paper.now());
        }
        let victim = ask_victim(&mut *policy, &mut paper, Paper::pool_view);
        check_victim(victim, &paper.pool_view()).map_err(|found| format!("of {size}: {found}"))?;
    }
    Ok(())
}

fn rule_agrees(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| (subject.evict(), HashMap::new()),
        |(policy, born), scene, _| {
            let rule = policy.rule();
            for (id, expiry) in expiries(&**policy, scene) {
                let ruled = match rule {
                    ExpiryRule::Ask => expiry,
                    ExpiryRule::Birth => *born.entry(id).or_insert(expiry),
                    ExpiryRule::Never => None,
                    ExpiryRule::Idle { after, moments, reason, floor, replace } => {
                        let at = scene.paper.conn_view(id).idle_since().after(after);
                        Some(Expiry::new(at, moments, reason).with_floor(floor).with_replace(replace))
                    }
                    other => return Err(format!("this kit does not know the rule {other:?}")),
                };
                if expiry != ruled {
                    return Err(format!("for {id}, {rule:?} means {ruled:?}, and the policy answered {expiry:?}"));
                }
            }
            Ok(())
        },
    )
}

fn each_expiry(subject: &Subject, check: impl Fn(&Scene, EntryId, Expiry) -> Verdict) -> Verdict {
    explore(
        subject,
        |_| subject.evict(),
        |policy, scene, _| {
            for (id, expiry) in expiries(&**policy, scene) {
                expiry.map_or(Ok(()), |expiry| check(scene, id, expiry))?;
            }
            Ok(())
        },
    )
}

/// The deadline of every idle connection.
pub(crate) fn expiries(policy: &dyn EvictPolicy, scene: &mut Scene) -> Vec<(EntryId, Option<Expiry>)> {
    let ids: Vec<_> = scene.paper.pool_view().oldest_first().map(|conn| conn.id()).collect();
    let mut ask = |id| scene.paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(id), cx));
    ids.into_iter().map(|id| (id, ask(id))).collect()
}

/// What is too much at each endpoint, if the policy is ever asked, and how many were used there at most.
pub(crate) fn prunings(policy: &mut dyn EvictPolicy, scene: &mut Scene) -> Vec<(EndpointId, u32, Decision<u32>)> {
    if policy.prunes_every().is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for endpoint in scene.endpoints.clone() {
        let most_used = scene.dice.below(10) as u32;
        let excess = scene.paper.with_cx(None, |paper, cx| policy.prune(&paper.usage_view(endpoint, most_used), cx));
        found.extend(excess.map(|excess| (endpoint, most_used, excess)));
    }
    found
}

fn ask_victim(
    policy: &mut dyn EvictPolicy,
    paper: &mut Paper,
    view: impl for<'a> FnOnce(&'a Paper) -> IdleView<'a>,
) -> Option<Decision<EntryId>> {
    paper.with_cx(None, |paper, cx| policy.victim(&view(paper), cx))
}

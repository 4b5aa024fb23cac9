//! Which idle connection is handed out.

use pool_core::fixture::Paper;
use pool_core::{AcquirePolicy, AcquireRule, Decision, Endpoint, EndpointId, EntryId};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::laws::words::Reasons;
use crate::scene::{Scene, explore};

pub(crate) const LAWS: &[Law] = &[
    Law { name: "chooses-from-the-view", says: "the choice is one of the idle connections on view", check: on_view },
    Law { name: "chooses-when-it-can", says: "of one, two or many it chooses one; of none, none", check: when_it_can },
    Law { name: "says-why", says: "every reason is a word in kebab-case, and they are few", check: says_why },
    Law { name: "can-be-replayed", says: "the same seed and inputs give the same answers", check: replayed },
    Law { name: "rule-is-the-policy", says: "the lowered rule and the policy choose alike", check: rule_agrees },
];

fn on_view(subject: &Subject) -> Verdict {
    explore(
        |_| subject.acquire(),
        |policy, scene, _| {
            for (endpoint, decision) in choices(&mut **policy, scene) {
                check_choice(&scene.paper, endpoint, decision)?;
            }
            Ok(())
        },
    )
}

fn check_choice(paper: &Paper, endpoint: EndpointId, decision: Decision<EntryId>) -> Verdict {
    let view = paper.idle_view(endpoint);
    let shown = || view.newest_first().map(|conn| conn.id().to_string()).collect::<Vec<_>>().join(" ");
    match decision.choice {
        None => Err(format!("it chose nothing ({}) from {}", decision.reason, shown())),
        Some(id) if view.get(id).is_none() => {
            Err(format!("it chose {id} ({}), which is not on view; on view are {}", decision.reason, shown()))
        }
        Some(_) => Ok(()),
    }
}

fn when_it_can(subject: &Subject) -> Verdict {
    for size in [0, 1, 2, 300] {
        let mut policy = subject.acquire();
        let mut paper = Paper::new();
        let endpoint = paper.endpoint(Endpoint::new("a:1"));
        for _ in 0..size {
            paper.idle(endpoint, paper.now());
        }
        let decision = ask(&mut *policy, &mut paper, endpoint, None);
        if size == 0 && decision.choice.is_some() {
            return Err(format!("of nothing it chose {:?}", decision.choice));
        }
        if size > 0 {
            check_choice(&paper, endpoint, decision).map_err(|found| format!("of {size}: {found}"))?;
        }
    }
    Ok(())
}

fn says_why(subject: &Subject) -> Verdict {
    explore(
        |_| (subject.acquire(), Reasons::default()),
        |(policy, reasons), scene, _| {
            choices(&mut **policy, scene).into_iter().try_for_each(|(_, decision)| reasons.add(decision.reason))
        },
    )
}

fn replayed(subject: &Subject) -> Verdict {
    explore(
        |scene| (subject.acquire(), subject.acquire(), Scene::new(scene.seed())),
        |(policy, other, twin), scene, _| {
            twin.step();
            let (first, second) = (choices(&mut **policy, scene), choices(&mut **other, twin));
            if first == second { Ok(()) } else { Err(format!("one run answered {first:?}, the other {second:?}")) }
        },
    )
}

fn rule_agrees(subject: &Subject) -> Verdict {
    explore(
        |_| subject.acquire(),
        |policy, scene, _| {
            let Some(rule) = policy.rule() else { return Ok(()) };
            for (endpoint, decision) in choices(&mut **policy, scene) {
                let ruled = follow(rule, &scene.paper, endpoint)?;
                if decision != ruled {
                    return Err(format!("{rule:?} means {ruled:?}, and the policy answered {decision:?}"));
                }
            }
            Ok(())
        },
    )
}

fn follow(rule: AcquireRule, paper: &Paper, endpoint: EndpointId) -> Result<Decision<EntryId>, String> {
    let view = paper.idle_view(endpoint);
    let (conn, reason) = match rule {
        AcquireRule::Newest(reason) => (view.newest(), reason),
        AcquireRule::Oldest(reason) => (view.oldest(), reason),
        other => return Err(format!("this kit does not know the rule {other:?}")),
    };
    Ok(Decision { choice: conn.map(|conn| conn.id()), reason })
}

/// The policy's choice at each endpoint that has an idle connection.
fn choices(policy: &mut dyn AcquirePolicy, scene: &mut Scene) -> Vec<(EndpointId, Decision<EntryId>)> {
    let key = scene.key();
    let ready = |id: &EndpointId| !scene.paper.idle_view(*id).is_empty();
    let endpoints: Vec<_> = scene.endpoints.iter().copied().filter(ready).collect();
    endpoints.into_iter().map(|id| (id, ask(policy, &mut scene.paper, id, key))).collect()
}

fn ask(policy: &mut dyn AcquirePolicy, paper: &mut Paper, endpoint: EndpointId, key: Option<u64>) -> Decision<EntryId> {
    paper.with_cx(key, |paper, cx| policy.choose(&paper.idle_view(endpoint), cx))
}

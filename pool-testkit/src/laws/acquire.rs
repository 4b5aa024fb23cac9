//! Which idle connection is handed out.

use pool_core::fixture::Paper;
use pool_core::{AcquirePolicy, AcquireRule, Decision, Endpoint, EndpointId, EntryId};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::scene::{Scene, explore};

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "chooses-from-the-view",
        "the choice is one of the idle connections on view",
        "choose anew at each call: an id that was on view before may be leased or closed by now",
        on_view,
    ),
    Law::new(
        "chooses-when-it-can",
        "of one, two or many it chooses one; of none, none",
        "answer with `Decision::of` whenever the view has a connection",
        when_it_can,
    ),
    Law::new(
        "rule-is-the-policy",
        "the lowered rule and the policy choose alike",
        "the machine follows `rule` and does not ask: leave it out where the two differ",
        rule_agrees,
    ),
];

fn on_view(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.acquire(),
        |policy, scene, _| {
            for (endpoint, decision) in choices(&mut **policy, scene) {
                check_choice(&scene.paper, endpoint, decision)?;
            }
            Ok(())
        },
    )
}

pub(crate) fn check_choice(paper: &Paper, endpoint: EndpointId, decision: Decision<EntryId>) -> Verdict {
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

fn rule_agrees(subject: &Subject) -> Verdict {
    explore(
        subject,
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
pub(crate) fn choices(policy: &mut dyn AcquirePolicy, scene: &mut Scene) -> Vec<(EndpointId, Decision<EntryId>)> {
    let key = scene.key();
    let ready = |id: &EndpointId| !scene.paper.idle_view(*id).is_empty();
    let endpoints: Vec<_> = scene.endpoints.iter().copied().filter(ready).collect();
    endpoints.into_iter().map(|id| (id, ask(policy, &mut scene.paper, id, key))).collect()
}

fn ask(policy: &mut dyn AcquirePolicy, paper: &mut Paper, endpoint: EndpointId, key: Option<u64>) -> Decision<EntryId> {
    paper.with_cx(key, |paper, cx| policy.choose(&paper.idle_view(endpoint), cx))
}

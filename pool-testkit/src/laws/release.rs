//! What becomes of a returned connection.

use pool_core::{Decision, EntryId, Outcome, ReleasePolicy, ReleaseRule, Settle};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::scene::{Scene, Step, explore};

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "settles-everything",
        "it has an answer for every lease that can end",
        "answer with `Decision::of`, whatever the outcome and however short the lease",
        settles,
    ),
    Law::new(
        "survives-losses",
        "what it is told of connections that are closed anyway harms nothing",
        "`lost` is told of every outcome, and of leases of which `settle` never heard",
        losses,
    ),
    Law::new(
        "rule-is-the-policy",
        "the lowered rule and the policy settle alike",
        "the machine follows `rule` and does not ask: leave it out where the two differ",
        rule_agrees,
    ),
];

/// A lease that ends: the connection, how it went, and what the policy says to that.
type Settled = (EntryId, Outcome, Decision<Settle>);

fn settles(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.release(),
        |policy, scene, _| {
            let silent =
                settle_all(&mut **policy, scene).into_iter().find(|(_, _, decision)| decision.choice.is_none());
            silent.map_or(Ok(()), |(id, outcome, _)| Err(format!("of {id} ({}) it said nothing", outcome.as_str())))
        },
    )
}

fn losses(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.release(),
        |policy, scene, step| {
            for id in scene.leased.clone() {
                for &outcome in Outcome::ALL {
                    scene.paper.with_cx(None, |paper, cx| policy.lost(&paper.lease_view(id, outcome), cx));
                }
            }
            if let Step::Left(endpoint) = step {
                policy.left(endpoint);
            }
            let silent = settle_all(&mut **policy, scene).iter().any(|(_, _, decision)| decision.choice.is_none());
            if silent { Err("after losses it has no answer any more".into()) } else { Ok(()) }
        },
    )
}

fn rule_agrees(subject: &Subject) -> Verdict {
    explore(
        subject,
        |_| subject.release(),
        |policy, scene, _| {
            let Some(rule) = policy.rule() else { return Ok(()) };
            for (id, outcome, decision) in settle_all(&mut **policy, scene) {
                let uses = scene.paper.conn_view(id).uses();
                let ruled = follow(rule, uses)?;
                if decision != ruled {
                    let after = format!("after {uses} leases, the last {}", outcome.as_str());
                    return Err(format!("{after}: {rule:?} means {ruled:?}, and the policy answered {decision:?}"));
                }
            }
            Ok(())
        },
    )
}

fn follow(rule: ReleaseRule, so_far: u32) -> Result<Decision<Settle>, String> {
    match rule {
        ReleaseRule::Keep(reason) => Ok(Decision::of(Settle::Keep, reason)),
        ReleaseRule::MaxUses { uses: 0, .. } => Err("a connection cannot be closed after 0 leases".into()),
        ReleaseRule::MaxUses { uses, close, .. } if so_far >= uses => Ok(Decision::of(Settle::Close, close)),
        ReleaseRule::MaxUses { keep, .. } => Ok(Decision::of(Settle::Keep, keep)),
        other => Err(format!("this kit does not know the rule {other:?}")),
    }
}

/// What the policy says to every lease that is out, were it to end now, well or badly.
fn settle_all(policy: &mut dyn ReleasePolicy, scene: &mut Scene) -> Vec<Settled> {
    let mut all = Vec::new();
    for id in scene.leased.clone() {
        for &outcome in Outcome::ALL.iter().filter(|outcome| outcome.reusable()) {
            let settle = scene.paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(id, outcome), cx));
            all.push((id, outcome, settle));
        }
    }
    all
}

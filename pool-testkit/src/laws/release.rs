//! What becomes of a returned connection.

use pool_core::{Decision, EntryId, Outcome, ReleasePolicy, ReleaseRule, Settle};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::laws::words::Reasons;
use crate::scene::{Scene, explore};

pub(crate) const LAWS: &[Law] = &[
    Law { name: "settles-everything", says: "it has an answer for every lease that can end", check: settles },
    Law { name: "says-why", says: "every reason is a word in kebab-case, and they are few", check: says_why },
    Law { name: "can-be-replayed", says: "the same seed and inputs give the same answers", check: replayed },
    Law { name: "rule-is-the-policy", says: "the lowered rule and the policy settle alike", check: rule_agrees },
];

/// A lease that ends: the connection, how it went, and what the policy says to that.
type Settled = (EntryId, Outcome, Decision<Settle>);

fn settles(subject: &Subject) -> Verdict {
    explore(
        |_| subject.release(),
        |policy, scene, _| {
            let silent =
                settle_all(&mut **policy, scene).into_iter().find(|(_, _, decision)| decision.choice.is_none());
            silent.map_or(Ok(()), |(id, outcome, _)| Err(format!("of {id} ({}) it said nothing", outcome.as_str())))
        },
    )
}

fn says_why(subject: &Subject) -> Verdict {
    explore(
        |_| (subject.release(), Reasons::default()),
        |(policy, reasons), scene, _| {
            settle_all(&mut **policy, scene).into_iter().try_for_each(|(_, _, decision)| reasons.add(decision.reason))
        },
    )
}

fn replayed(subject: &Subject) -> Verdict {
    explore(
        |scene| (subject.release(), subject.release(), Scene::new(scene.seed())),
        |(policy, other, twin), scene, _| {
            twin.step();
            let (first, second) = (settle_all(&mut **policy, scene), settle_all(&mut **other, twin));
            if first == second { Ok(()) } else { Err(format!("one run answered {first:?}, the other {second:?}")) }
        },
    )
}

fn rule_agrees(subject: &Subject) -> Verdict {
    explore(
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

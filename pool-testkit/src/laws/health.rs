//! Which endpoints rest.

use std::time::Duration;

use pool_core::{EndpointId, Outcome, Standing};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::ward::Ward;

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "speaks-of-members",
        "it says how endpoints of the pool stand, and speaks of no others",
        "go through the view, not through what you remember",
        members,
    ),
    Law::new(
        "eases-within-bounds",
        "who is eased in takes a share above 0 and below 1",
        "0 is `Rests`, 1 is `Serves`; mind a division by zero",
        eases,
    ),
    Law::new(
        "next-review-lies-ahead",
        "the next review is wanted later than now",
        "answer with `cx.now.after(…)` or `Time::NEVER`: a pool that is to ask at once asks without end",
        ahead,
    ),
    Law::new(
        "who-does-well-serves",
        "nobody rests whose leases all end well, however the others do",
        "judge each by its own failures",
        does_well,
    ),
    Law::new(
        "who-rests-comes-back",
        "who rests serves again some time, if its leases end well whenever it has any",
        "a rest has an end: name its time as the next review",
        comes_back,
    ),
    Law::new(
        "survives-strange-news",
        "news of an endpoint that it does not know harm nothing",
        "a lease may end when its endpoint has left",
        strange_news,
    ),
];

const SEEDS: u64 = 16;
const STEPS: usize = 150;
/// Nobody rests longer than this after its last failure.
const LONGEST_REST: Duration = Duration::from_secs(24 * 3600);

fn members(subject: &Subject) -> Verdict {
    walk(subject, |ward| {
        let stray = ward.review().into_iter().find(|(id, ..)| !ward.endpoints.contains(id));
        stray.map_or(Ok(()), |(id, ..)| Err(format!("it speaks of {id}, which is not part of the pool")))
    })
}

fn eases(subject: &Subject) -> Verdict {
    walk(subject, |ward| {
        let wrong = |standing| matches!(standing, Standing::Eases(share) if !(share > 0.0 && share < 1.0));
        let found = ward.review().into_iter().find(|(_, standing, _)| wrong(*standing));
        found.map_or(Ok(()), |(id, standing, _)| Err(format!("{id} {standing:?}")))
    })
}

fn ahead(subject: &Subject) -> Verdict {
    walk(subject, |ward| {
        let now = ward.paper.now();
        ward.review();
        // Where it was not due, it lies ahead.
        if ward.next_review() > now { Ok(()) } else { Err(format!("at {now:?} it wants {:?}", ward.next_review())) }
    })
}

fn does_well(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut ward = Ward::of_size(subject, seed, 6);
        let well = ward.endpoints[2..].to_vec();
        for round in 0..STEPS {
            for id in ward.endpoints.clone() {
                let outcome = if well.contains(&id) { Outcome::Ok } else { Outcome::Failed };
                if !ward.rests(id) {
                    ward.ended(id, outcome);
                }
            }
            ward.paper.advance(Duration::from_millis(300));
            ward.review();
            let rests = well.iter().find(|&&id| ward.rests(id));
            rests.map_or(Ok(()), |id| Err(format!("round {round}: {id} rests, and all its leases ended well")))?;
        }
        Ok(())
    })
}

fn comes_back(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut ward = Ward::of_size(subject, seed, 6);
        let sick = ward.endpoints[seed as usize % 6];
        for _ in 0..STEPS {
            lease_each(&mut ward, |id| if id == sick { Outcome::Failed } else { Outcome::Ok });
            ward.paper.advance(Duration::from_millis(300));
            ward.review();
        }
        all_serve_in_the_end(&mut ward)
    })
}

/// All is well from now on; the policy is asked when it wants to be.
fn all_serve_in_the_end(ward: &mut Ward) -> Verdict {
    let begin = ward.paper.now();
    while ward.paper.now() < begin.after(LONGEST_REST) {
        let now = ward.paper.now();
        // The longer it lasts, the less often somebody looks.
        let shortest = (now.since(begin) / 50).max(Duration::from_millis(300));
        let next = ward.next_review().since(now).clamp(shortest, shortest.max(Duration::from_secs(60)));
        ward.paper.advance(next);
        lease_each(ward, |_| Outcome::Ok);
        ward.review();
        if ward.endpoints.iter().all(|&id| ward.standing(id) == Standing::Serves) {
            return Ok(());
        }
    }
    let stands: Vec<_> = ward.endpoints.iter().map(|&id| format!("{id} {:?}", ward.standing(id))).collect();
    Err(format!("after {LONGEST_REST:?} in which all went well: {}", stands.join(", ")))
}

fn lease_each(ward: &mut Ward, ends: impl Fn(EndpointId) -> Outcome) {
    for id in ward.endpoints.clone() {
        if !ward.rests(id) {
            ward.ended(id, ends(id));
        }
    }
}

fn strange_news(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut ward = Ward::of_size(subject, seed, 4);
        let gone = ward.leave(0);
        for stranger in [gone, EndpointId::from_parts(70_000, 3), EndpointId::from_parts(1, 9)] {
            for &outcome in Outcome::ALL {
                ward.ended(stranger, outcome);
            }
            ward.dialed(stranger, false);
            ward.tell_left(stranger);
            let stray = ward.review().into_iter().find(|(id, ..)| *id == stranger);
            stray.map_or(Ok(()), |(id, ..)| Err(format!("it speaks of {id}, which is not part of the pool")))?;
        }
        Ok(())
    })
}

fn walk(subject: &Subject, check: impl Fn(&mut Ward) -> Verdict) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut ward = Ward::of_size(subject, seed, 5);
        (0..STEPS).try_for_each(|step| {
            ward.step();
            check(&mut ward).map_err(|found| format!("step {step}: {found}"))
        })
    })
}

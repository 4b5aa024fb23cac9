//! Balance policies.

use super::{Diary, Walk};
use crate::Subject;
use crate::traffic::{ROUNDS, Traffic, random_weights};

pub(super) fn walk(subject: &Subject, walk: Walk, diary: &mut Diary) -> Result<(), String> {
    let mut traffic = Traffic::at(subject, walk.seed, walk.origin);
    for weight in random_weights(walk.seed) {
        traffic.join(weight);
    }
    for round in 0..ROUNDS {
        walk.pause_at(round, ROUNDS);
        if traffic.dice.below(3) == 0 {
            traffic.stir();
        }
        if traffic.can_pick() {
            let pick = traffic.pick();
            diary.note(format!("pick {round}: {pick:?}"), pick.reason);
            traffic.round()?;
        }
    }
    Ok(())
}

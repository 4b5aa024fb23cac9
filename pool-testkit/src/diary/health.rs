//! Health policies.

use super::{Diary, Walk};
use crate::Subject;
use crate::ward::Ward;

/// So much happens on a walk.
const STEPS: usize = 120;

pub(super) fn walk(subject: &Subject, walk: Walk, diary: &mut Diary) {
    let mut ward = Ward::at(subject, walk.seed, walk.origin);
    for step in 0..STEPS {
        walk.pause_at(step, STEPS);
        ward.step();
        for (endpoint, standing, reason) in ward.review() {
            diary.note(format!("in step {step}, {endpoint}: {standing:?}, {reason}"), reason);
        }
        diary.answers.push(format!("the next review: {}", walk.since_origin(ward.next_review())));
    }
}

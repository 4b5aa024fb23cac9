//! Queue policies.

use super::{Diary, Walk};
use crate::Subject;
use crate::line::Line;

/// So many connections come free on a walk.
const STEPS: usize = 400;

pub(super) fn walk(subject: &Subject, walk: Walk, diary: &mut Diary) {
    let mut line = Line::at(subject, walk.seed, walk.origin);
    for step in 0..STEPS {
        walk.pause_at(step, STEPS);
        line.step();
        for next in line.serve() {
            diary.note(format!("in step {step}: {next:?}"), next.reason);
        }
    }
}

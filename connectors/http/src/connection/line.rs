//! What all handles of a connection share.

use std::sync::Arc;

use super::Runner;
use crate::form::Form;
use crate::origin::Origin;
use crate::wire::Wire;

/// What all handles of a connection share.
#[derive(Debug)]
pub(crate) struct Line {
    wire: Arc<Wire>,
    form: Form,
    runner: Runner,
}

impl Line {
    pub(crate) fn new(wire: Arc<Wire>, form: Form, runner: Runner) -> Arc<Line> {
        Arc::new(Line { wire, form, runner })
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.form.origin
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.runner
    }
}

/// Cuts a connection off when it is dropped: a dial that is given up, a goodbye that takes too long.
pub(crate) struct CutUnlessKept {
    line: Option<Arc<Line>>,
}

impl CutUnlessKept {
    pub(crate) fn new(line: &Arc<Line>) -> CutUnlessKept {
        CutUnlessKept { line: Some(Arc::clone(line)) }
    }

    /// It is whole, and stays.
    pub(crate) fn keep(mut self) {
        self.line = None;
    }
}

impl Drop for CutUnlessKept {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.runner.cut();
        }
    }
}

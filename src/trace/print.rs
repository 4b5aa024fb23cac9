//! A run as people read it: step by step, when, who, which connection, what, and why.

mod rows;

use std::fmt;
use std::time::Duration;

use pool_core::{HumanDuration, Time};

use self::rows::{Row, Rows};
use super::run::Run;
use super::step::{Step, dials_in_words};

/// No column is wider; what is longer sticks out.
const WIDEST: usize = 36;

/// The whole timeline, and why it failed at its end.
pub(super) fn timeline(run: &Run<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    head(run, f)?;
    let (mut rows, mut first) = (Rows::of(run), 0);
    // All are made before one is printed: the columns are as wide as they have to be.
    let steps: Vec<(Vec<Row>, Row)> = run
        .steps
        .iter()
        .zip(&run.case.steps)
        .map(|(done, step)| {
            let made = rows.make(first..done.end, step);
            first = done.end;
            (made, rows.state(done))
        })
        .collect();
    let widths = Widths::of(steps.iter().flat_map(|(rows, state)| rows.iter().chain([state])));
    for (at, ((rows, state), step)) in steps.iter().zip(&run.case.steps).enumerate() {
        step_head(f, at + 1, step)?;
        for row in rows {
            widths.print(f, row)?;
        }
        writeln!(f, "        {:when$}  = {}", state.when, state.why, when = widths.when)?;
    }
    match run.failure() {
        None => Ok(()),
        Some(failure) => writeln!(f, "\nfailed: {failure}"),
    }
}

fn head(run: &Run<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let case = run.case;
    writeln!(f, "{}", case.name)?;
    writeln!(f, "  {}:{}", case.file, case.line)?;
    writeln!(f, "  {}", case.told)?;
    if !case.network.is_empty() {
        writeln!(f, "  network: {}", dials_in_words(&case.network))?;
    }
    if let Some(recorded) = &case.recorded {
        writeln!(f, "  recorded from {}, seed {}", recorded.from, recorded.seed)?;
    }
    for (what, text) in [("why", &case.why), ("deviates", &case.deviates)] {
        if let Some(text) = text {
            writeln!(f, "  {what}: {}", text.trim_end().replace('\n', "\n    "))?;
        }
    }
    Ok(())
}

fn step_head(f: &mut fmt::Formatter<'_>, number: usize, step: &Step) -> fmt::Result {
    write!(f, "\n{number:>4}  {}", step.action)?;
    match &step.note {
        Some(note) => writeln!(f, "   ({})", note.trim()),
        None => writeln!(f),
    }
}

/// How wide the columns are.
#[derive(Debug, Default)]
struct Widths {
    when: usize,
    who: usize,
    conn: usize,
    what: usize,
}

impl Widths {
    fn of<'r>(rows: impl Iterator<Item = &'r Row>) -> Widths {
        let wider = |width: usize, text: &str| match text.chars().count() {
            count if count <= WIDEST => width.max(count),
            _ => width,
        };
        rows.fold(Widths::default(), |widths, row| Widths {
            when: wider(widths.when, &row.when),
            who: wider(widths.who, &row.who),
            conn: wider(widths.conn, &row.conn),
            what: wider(widths.what, &row.what),
        })
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
        let Widths { when, who, conn, what } = self;
        let line = format!(
            "        {:when$}  {:who$}  {:conn$}  {:what$}  {}",
            row.when, row.who, row.conn, row.what, row.why
        );
        writeln!(f, "{}", line.trim_end())
    }
}

/// A moment: `t=30ms`.
fn moment(at: Time) -> String {
    format!("t={}", span(at.since(Time::ZERO)))
}

/// A span: what has nanoseconds in it is told to three digits.
fn span(span: Duration) -> String {
    match span {
        Duration::ZERO => return "0s".to_owned(),
        Duration::MAX => return "never".to_owned(),
        _ => {}
    }
    let unit = match span {
        span if span >= Duration::from_secs(1) => Duration::from_millis(1),
        span if span >= Duration::from_millis(1) => Duration::from_micros(1),
        _ => Duration::from_nanos(1),
    };
    if span < Duration::from_secs(60) {
        let rounded = span.as_nanos() / unit.as_nanos() * unit.as_nanos();
        return format!("{:?}", Duration::from_nanos(u64::try_from(rounded).unwrap_or(u64::MAX)));
    }
    let rounded = Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
    HumanDuration::from(rounded).to_string()
}

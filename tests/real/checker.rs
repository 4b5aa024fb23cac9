//! Asks everything that dashboards ask of a real Prometheus.

use std::collections::BTreeSet;
use std::path::Path;

use clearpool_servers::Series;

use crate::dashboard::{Ask, Dashboard};
use crate::live::{Live, WINDOW, files};
use crate::may_be_empty::{self, MayBeEmpty};
use crate::variables::Values;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// How many queries were asked.
    pub(crate) asked: usize,
    /// What is wrong: dashboard, panel, query, and why.
    pub(crate) findings: Vec<String>,
}

/// Asks every query of every dashboard in a directory; `list` says which may be empty.
pub(crate) fn check_directory(directory: &Path, list: &Path, live: &Live) -> Report {
    let files = files(directory, &["json"]);
    let boards = files.iter().filter(|file| !file.ends_with(may_be_empty::NAME));
    let boards: Vec<Dashboard> = boards.map(|file| Dashboard::read(file)).collect();
    check(&boards, &MayBeEmpty::read(list), live)
}

/// Asks every query of these dashboards: of their variables, panels and annotations.
///
/// Wrong is a query with an error, one without a result or with nothing but NaN, unless the panel is in the
/// list, and one whose result lacks a label that the legend shows.
pub(crate) fn check(boards: &[Dashboard], may_be_empty: &MayBeEmpty, live: &Live) -> Report {
    let mut report = Report::default();
    for board in boards {
        check_board(board, may_be_empty, live, &mut report);
    }
    report.findings.extend(may_be_empty.astray(boards));
    report
}

fn check_board(board: &Dashboard, may_be_empty: &MayBeEmpty, live: &Live, report: &mut Report) {
    let range = (live.until - live.from) as u64;
    let mut values = Values::built_in(range, WINDOW.as_secs());
    for variable in &board.variables {
        report.asked += 1;
        if let Err(error) = values.add(variable, live.queries()) {
            report.findings.push(format!("{}, variable `{}`: {error}", board.uid, variable.name));
        }
    }
    for ask in &board.asks {
        report.asked += 1;
        let may_be_empty = may_be_empty.has(&board.uid, ask);
        for error in wrong_with(ask, &values, may_be_empty, live) {
            report.findings.push(format!("{}, `{}`, target {}: {error}", board.uid, ask.who, ask.target));
        }
    }
}

fn wrong_with(ask: &Ask, values: &Values, may_be_empty: bool, live: &Live) -> Vec<String> {
    let answer = values.put_into(&ask.query).and_then(|query| {
        let answer = live.queries().range(&query, live.from, live.until, 1.0);
        let answer = answer.map_err(|error| format!("{error}: {query}"))?;
        if !may_be_empty && !has_values(&answer) {
            return Err(format!("no data in the whole demo: {query}"));
        }
        Ok(answer)
    });
    match answer {
        Err(error) => vec![error],
        Ok(answer) => labels_missing(ask, &answer),
    }
}

/// Whether there is a number; a native histogram is as good.
fn has_values(answer: &[Series]) -> bool {
    answer.iter().flat_map(|series| &series.samples).any(|sample| sample.value.is_none_or(|value| !value.is_nan()))
}

fn labels_missing(ask: &Ask, answer: &[Series]) -> Vec<String> {
    let shown: BTreeSet<&str> = ask.legends.iter().flat_map(|legend| labels_in(legend)).collect();
    let lacks = |label: &str| answer.iter().find(|series| !series.labels.contains_key(label));
    let missing = shown.into_iter().filter_map(|label| Some((label, lacks(label)?)));
    missing.map(|(label, series)| format!("the legend shows `{label}`, which {:?} lacks", series.labels)).collect()
}

/// The labels in a legend such as `{{pool}} on {{endpoint}}`.
fn labels_in(legend: &str) -> impl Iterator<Item = &str> {
    legend.split("{{").skip(1).filter_map(|part| Some(part.split_once("}}")?.0.trim()))
}

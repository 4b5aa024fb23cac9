//! Round by round, and the tables.

use crate::table::Table;

use crate::args::Args;
use crate::load::Seen;
use crate::workload::{Role, Target, Workload};

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Calls in a second.
    Rate,
    /// Half of the calls took no longer, the wait for a connection included; microseconds, as all times.
    WholeP50,
    /// 99 of 100.
    WholeP99,
    /// Half of the waits for a connection.
    WaitP50,
    /// 99 of 100.
    WaitP99,
    /// Half of the calls without that.
    CallP50,
    /// 99 of 100.
    CallP99,
    /// CPU time for each call.
    Cpu,
    /// How evenly the callers were served.
    Jain,
}

impl Column {
    /// Every column, in the order of the tables.
    pub const ALL: [Column; 9] = [
        Column::Rate,
        Column::WholeP50,
        Column::WholeP99,
        Column::WaitP50,
        Column::WaitP99,
        Column::CallP50,
        Column::CallP99,
        Column::Cpu,
        Column::Jain,
    ];

    /// Its name and unit.
    pub fn title(self) -> &'static str {
        match self {
            Column::Rate => "calls/s",
            Column::WholeP50 => "p50 µs",
            Column::WholeP99 => "p99 µs",
            Column::WaitP50 => "wait p50 µs",
            Column::WaitP99 => "wait p99 µs",
            Column::CallP50 => "call p50 µs",
            Column::CallP99 => "call p99 µs",
            Column::Cpu => "CPU µs/call",
            Column::Jain => "Jain",
        }
    }

    fn of(self, seen: &Seen) -> Option<f64> {
        let waits = (seen.waits.count() > 0).then_some(&seen.waits);
        Some(match self {
            Column::Rate => seen.rate,
            Column::WholeP50 => seen.whole.quantile(0.5) / 1e3,
            Column::WholeP99 => seen.whole.quantile(0.99) / 1e3,
            Column::WaitP50 => waits?.quantile(0.5) / 1e3,
            Column::WaitP99 => waits?.quantile(0.99) / 1e3,
            Column::CallP50 => waits.map(|_| seen.calls.quantile(0.5) / 1e3)?,
            Column::CallP99 => waits.map(|_| seen.calls.quantile(0.99) / 1e3)?,
            Column::Cpu => seen.cpu,
            Column::Jain => seen.jain,
        })
    }

    fn is_better_if_more(self) -> bool {
        matches!(self, Column::Rate | Column::Jain)
    }

    fn shown(self, value: f64) -> String {
        match self {
            Column::Jain => format!("{value:.3}"),
            Column::Rate => format!("{value:.0}"),
            Column::Cpu | Column::WaitP50 | Column::WaitP99 => format!("{value:.1}"),
            _ => format!("{value:.0}"),
        }
    }

    /// How many times better one value is than another.
    fn ratio(self, mine: f64, theirs: f64) -> f64 {
        if self.is_better_if_more() { mine / theirs } else { theirs / mine }
    }
}

/// What a workload measured.
pub struct Results {
    /// What `--only` calls it.
    pub name: String,
    /// What was done.
    pub about: String,
    /// What ours has to reach.
    pub target: Target,
    /// One row for each client: its name, whose it is, and the value of each column.
    pub rows: Vec<Row>,
}

/// One client's.
pub struct Row {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub role: Role,
    values: Vec<Option<f64>>,
}

/// A peer that serves some callers and starves others is no measure for how long they wait.
const EVEN: f64 = 0.9;

/// Runs a workload, each client once in a round, each round in another order.
pub fn run(args: &Args, workload: &Workload) -> Results {
    let subjects: Vec<_> = workload.subjects.iter().filter(|subject| args.wants_subject(&subject.name)).collect();
    let mut samples: Vec<Vec<Seen>> = subjects.iter().map(|_| Vec::new()).collect();
    for round in 0..args.rounds() {
        for place in 0..subjects.len() {
            let subject = (round + place) % subjects.len();
            samples[subject].push(subjects[subject].run(workload.load));
        }
    }
    let row = |(subject, samples): (&&crate::workload::Subject, &Vec<Seen>)| Row {
        name: subject.name.clone(),
        role: subject.role.clone(),
        values: Column::ALL.iter().map(|column| quiet(*column, samples)).collect(),
    };
    let rows = subjects.iter().zip(&samples).map(row).collect();
    let (name, about) = (workload.name.clone(), workload.about.clone());
    Results { name, about, target: workload.target, rows }
}

/// What a quarter of the rounds reached: what else runs on the machine only makes a round worse.
fn quiet(column: Column, samples: &[Seen]) -> Option<f64> {
    let mut values: Vec<f64> = samples.iter().map(|seen| column.of(seen)).collect::<Option<_>>()?;
    values.sort_by(f64::total_cmp);
    if column.is_better_if_more() {
        values.reverse();
    }
    values.get(values.len() / 4).copied()
}

impl Row {
    /// The value of a column.
    pub fn of(&self, column: Column) -> Option<f64> {
        self.values[Column::ALL.iter().position(|other| *other == column)?]
    }
}

impl Results {
    /// Ours, against the best of the peers in this column: how many times better, our value, and whose it is beside.
    pub fn ours(&self, column: Column) -> Option<(f64, f64, &Row)> {
        let ours = self.rows.iter().find(|row| row.role == Role::Ours)?;
        let peers = self.rows.iter().filter(|row| row.role == Role::Peer);
        self.against(column, ours, peers)
    }

    /// Each pool of ours over a peer's manager, against that peer's pool.
    pub fn adapted(&self, column: Column) -> impl Iterator<Item = (&Row, f64, f64, &Row)> {
        self.rows.iter().filter_map(move |row| {
            let Role::Adapted(original) = &row.role else { return None };
            let originals = self.rows.iter().filter(move |peer| peer.name == *original);
            let (ratio, mine, peer) = self.against(column, row, originals)?;
            Some((row, ratio, mine, peer))
        })
    }

    fn against<'a>(
        &self,
        column: Column,
        row: &Row,
        peers: impl Iterator<Item = &'a Row>,
    ) -> Option<(f64, f64, &'a Row)> {
        let mine = row.of(column)?;
        let starves = |peer: &Row| peer.of(Column::Jain).is_some_and(|jain| jain < EVEN);
        let is_even = |peer: &&Row| self.target != Target::Waiting || column == Column::Rate || !starves(peer);
        let ratios = peers.filter(is_even).filter_map(|peer| Some((column.ratio(mine, peer.of(column)?), mine, peer)));
        ratios.min_by(|one, other| one.0.total_cmp(&other.0))
    }

    /// As text for the terminal, and for the page.
    pub fn as_text(&self) -> String {
        format!("## {}\n\n{}\n\n{}", self.name, self.about, self.table().as_markdown())
    }

    fn table(&self) -> Table {
        let columns = Column::ALL.iter().filter(|column| self.rows.iter().any(|row| row.of(**column).is_some()));
        let columns: Vec<Column> = columns.copied().collect();
        let head = std::iter::once("client".to_owned()).chain(columns.iter().map(|column| column.title().to_owned()));
        let rows = self.rows.iter().map(|row| {
            let cells =
                columns.iter().map(|column| row.of(*column).map_or("–".to_owned(), |value| column.shown(value)));
            std::iter::once(row.name.clone()).chain(cells).collect()
        });
        Table { head: head.collect(), rows: rows.collect() }
    }
}

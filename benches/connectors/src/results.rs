//! Round by round, and the tables.

use fastrand::Rng;

use crate::args::Args;
use crate::load::Seen;
use crate::table::Table;
use crate::workload::{Role, Subject, Target, Workload};

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
    rounds: Vec<Seen>,
}

/// How one client did beside another.
pub struct Ratio<'a> {
    /// How many times better it was in the median round.
    pub median: f64,
    /// What a quarter of the rounds did not exceed.
    pub low: f64,
    /// What three quarters of them did not.
    pub high: f64,
    /// The other.
    pub peer: &'a Row,
}

/// A peer that serves some callers and starves others is no measure for how long they wait.
const EVEN: f64 = 0.9;

/// Runs a workload, each client once in a round, each round in another order.
pub fn run(args: &Args, workload: &Workload) -> Results {
    let subjects = workload.subjects.iter().filter(|subject| args.wants_subject(&subject.name));
    let mut subjects: Vec<(&Subject, Row)> = subjects.map(|subject| (subject, Row::of(subject))).collect();
    // Nobody runs after the same one always: what that leaves behind takes time to go away.
    let mut chance = Rng::with_seed(0);
    let mut order: Vec<usize> = (0..subjects.len()).collect();
    for _ in 0..args.rounds() {
        chance.shuffle(&mut order);
        for place in &order {
            let (subject, row) = &mut subjects[*place];
            row.rounds.push(subject.run(workload.load));
        }
    }
    let rows = subjects.into_iter().map(|(_, row)| row).collect();
    let (name, about) = (workload.name.clone(), workload.about.clone());
    Results { name, about, target: workload.target, rows }
}

impl Row {
    fn of(subject: &Subject) -> Row {
        Row { name: subject.name.clone(), role: subject.role.clone(), rounds: Vec::new() }
    }

    /// What a quarter of the rounds reached: what else runs on the machine only makes a round worse.
    pub fn quiet(&self, column: Column) -> Option<f64> {
        let mut values: Vec<f64> = self.rounds.iter().map(|seen| column.of(seen)).collect::<Option<_>>()?;
        values.sort_by(f64::total_cmp);
        if column.is_better_if_more() {
            values.reverse();
        }
        values.get(values.len() / 4).copied()
    }

    /// How it did beside a peer. Round by round, since what disturbs a round disturbs both.
    fn beside<'a>(&self, column: Column, peer: &'a Row) -> Option<Ratio<'a>> {
        let rounds = self.rounds.iter().zip(&peer.rounds);
        let ratios = rounds.map(|(mine, theirs)| Some(column.ratio(column.of(mine)?, column.of(theirs)?)));
        let mut ratios: Vec<f64> = ratios.collect::<Option<_>>()?;
        ratios.sort_by(f64::total_cmp);
        let quarter = |of: usize| ratios.get(of * ratios.len().checked_sub(1)? / 4).copied();
        Some(Ratio { median: quarter(2)?, low: quarter(1)?, high: quarter(3)?, peer })
    }
}

impl Results {
    /// Ours, beside the peer that did best beside it.
    pub fn ours(&self, column: Column) -> Option<Ratio<'_>> {
        let ours = self.rows.iter().find(|row| row.role == Role::Ours)?;
        let is_measure = |peer: &&Row| {
            let starves = peer.quiet(Column::Jain).is_some_and(|jain| jain < EVEN);
            peer.role == Role::Peer && !(starves && self.target == Target::Waiting && column != Column::Rate)
        };
        let ratios = self.rows.iter().filter(is_measure).filter_map(|peer| ours.beside(column, peer));
        ratios.min_by(|one, other| one.median.total_cmp(&other.median))
    }

    /// Each pool of ours over a peer's manager, beside that peer's pool.
    pub fn adapted(&self, column: Column) -> impl Iterator<Item = (&Row, Ratio<'_>)> {
        self.rows.iter().filter_map(move |row| {
            let Role::Adapted(original) = &row.role else { return None };
            let peer = self.rows.iter().find(|peer| peer.name == *original)?;
            Some((row, row.beside(column, peer)?))
        })
    }

    /// As text for the terminal, and for the page.
    pub fn as_text(&self) -> String {
        format!("## {}\n\n{}\n\n{}", self.name, self.about, self.table().as_markdown())
    }

    fn table(&self) -> Table {
        let columns = Column::ALL.iter().filter(|column| self.rows.iter().any(|row| row.quiet(**column).is_some()));
        let columns: Vec<Column> = columns.copied().collect();
        let head = std::iter::once("client".to_owned()).chain(columns.iter().map(|column| column.title().to_owned()));
        let rows = self.rows.iter().map(|row| {
            let cells =
                columns.iter().map(|column| row.quiet(*column).map_or("–".to_owned(), |value| column.shown(value)));
            std::iter::once(row.name.clone()).chain(cells).collect()
        });
        Table { head: head.collect(), rows: rows.collect() }
    }
}

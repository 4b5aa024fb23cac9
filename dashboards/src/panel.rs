//! Panels: what one shows, and what to do when it looks bad.

mod draw;
mod links;

use pool_core::catalog::Span;

use crate::promql::Query;

pub(crate) use draw::datasource;
pub use links::{DataLink, TRACES};

/// What the numbers of a panel are, in Grafana's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things, counted.
    Number,
    /// A part of a whole: zero to one.
    Share,
    /// Seconds.
    Seconds,
    /// Leases and what callers ask for, a second.
    RequestsPerSecond,
    /// What else is counted, a second.
    PerSecond,
    /// One for yes, zero for no.
    YesNo,
}

impl Unit {
    /// Grafana's id of the unit.
    pub const fn id(self) -> &'static str {
        match self {
            Unit::Number => "short",
            Unit::Share => "percentunit",
            Unit::Seconds => "s",
            Unit::RequestsPerSecond => "reqps",
            Unit::PerSecond => "ops",
            Unit::YesNo => "bool_yes_no",
        }
    }

    /// Up to where the scale of a chart goes at least. Without it, one that has only zeros goes up to 100.
    const fn at_least(self) -> f64 {
        match self {
            // So that there are no parts of a thing at the axis.
            Unit::Number => 5.0,
            Unit::YesNo => 1.0,
            Unit::RequestsPerSecond | Unit::PerSecond => 0.1,
            Unit::Share => 0.01,
            Unit::Seconds => 0.001,
        }
    }
}

/// How a panel is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Chart,
    Stat,
    Gauge,
    Bars,
    Table,
}

/// One query of a panel.
#[derive(Debug, Clone)]
pub struct Target {
    /// What is asked.
    pub query: Query,
    /// How each series is called: text, and labels in double braces. Of a column, its heading.
    pub legend: String,
    /// Why there may be no series at all while everything is well.
    pub may_be_empty: Option<&'static str>,
    unit: Option<Unit>,
    steps: Vec<(f64, Color)>,
}

/// A color with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// All is well.
    Good,
    /// Look at it soon.
    Warn,
    /// Look at it now.
    Bad,
    /// Neither: for what is only a number.
    Plain,
    /// A limit.
    Limit,
    /// In use.
    Used,
    /// Ready for use.
    Idle,
    /// On the way in.
    Coming,
    /// On the way out.
    Going,
}

impl Color {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Color::Good => "green",
            Color::Warn => "orange",
            Color::Bad => "red",
            Color::Plain => "text",
            Color::Limit => "dark-red",
            Color::Used => "blue",
            Color::Idle => "light-green",
            Color::Coming => "yellow",
            Color::Going => "purple",
        }
    }
}

/// How one series of a chart is drawn differently from the others.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    legend: String,
    color: Color,
    /// Dashed, never filled or stacked.
    limit: bool,
    /// Stacked, and with a line at its upper edge.
    edge: bool,
    /// With a scale of its own at the right, and what stands there.
    right: Option<&'static str>,
}

impl Style {
    fn new(legend: &str, color: Color) -> Style {
        Style { legend: legend.to_owned(), color, limit: false, edge: false, right: None }
    }
}

/// A panel.
#[derive(Debug, Clone)]
pub struct Panel {
    pub(crate) title: &'static str,
    pub(crate) shape: Shape,
    pub(crate) targets: Vec<Target>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    shows: &'static str,
    when_bad: &'static str,
    unit: Unit,
    steps: Vec<(f64, Color)>,
    styles: Vec<Style>,
    links: Vec<DataLink>,
    stacked: bool,
    logarithmic: bool,
    exemplars: bool,
    most: Option<f64>,
    at_least: f64,
    many: bool,
    sort_by: Option<&'static str>,
}

/// How much room there is from left to right.
pub(crate) const FULL_WIDTH: u32 = 24;

impl Panel {
    /// Lines over time.
    pub fn chart(title: &'static str, unit: Unit) -> Panel {
        Panel::new(title, Shape::Chart, unit).size(12, 9)
    }

    /// One large number.
    pub fn stat(title: &'static str, unit: Unit) -> Panel {
        Panel::new(title, Shape::Stat, unit).size(4, 4)
    }

    /// One number on a dial.
    pub fn gauge(title: &'static str, unit: Unit) -> Panel {
        Panel::new(title, Shape::Gauge, unit).size(4, 4)
    }

    /// One bar for each series.
    pub fn bars(title: &'static str, unit: Unit) -> Panel {
        Panel::new(title, Shape::Bars, unit).size(12, 9)
    }

    /// One row for each set of labels, one column for each query.
    pub fn table(title: &'static str) -> Panel {
        Panel::new(title, Shape::Table, Unit::Number).size(FULL_WIDTH, 8)
    }

    fn new(title: &'static str, shape: Shape, unit: Unit) -> Panel {
        Panel {
            title,
            shape,
            targets: Vec::new(),
            width: 0,
            height: 0,
            shows: "",
            when_bad: "",
            unit,
            steps: Vec::new(),
            styles: Vec::new(),
            links: Vec::new(),
            stacked: false,
            logarithmic: false,
            exemplars: false,
            most: None,
            at_least: unit.at_least(),
            many: false,
            sort_by: None,
        }
    }

    /// What it shows.
    pub fn shows(mut self, shows: &'static str) -> Panel {
        self.shows = shows;
        self
    }

    /// What to do when it looks bad.
    pub fn when_bad(mut self, when_bad: &'static str) -> Panel {
        self.when_bad = when_bad;
        self
    }

    /// A query, and how its series are called.
    pub fn query(mut self, query: Query, legend: &str) -> Panel {
        let legend = legend.to_owned();
        self.targets.push(Target { query, legend, may_be_empty: None, unit: None, steps: Vec::new() });
        self
    }

    /// A column of a table: its heading, the unit and the query of its numbers.
    pub fn column(self, heading: &str, unit: Unit, query: Query) -> Panel {
        let mut panel = self.query(query, heading);
        panel.last_target().unit = Some(unit);
        panel
    }

    /// The last query may have no series while everything is well: why.
    pub fn may_be_empty(mut self, why: &'static str) -> Panel {
        self.last_target().may_be_empty = Some(why);
        self
    }

    /// From each of these values on, the color; good below the first. Of a table, for its last column.
    pub fn steps(mut self, steps: &[(f64, Color)]) -> Panel {
        let of_column = self.shape == Shape::Table;
        *if of_column { &mut self.last_target().steps } else { &mut self.steps } = steps.to_vec();
        self
    }

    /// The series whose names end so have this color.
    pub fn color(mut self, legend: &str, color: Color) -> Panel {
        self.styles.push(Style::new(legend, color));
        self
    }

    /// The series whose names end so have this color and, where they are stacked, a line at their upper edge: what
    /// has the same color and belongs to others begins there.
    pub fn color_to_the_edge(mut self, legend: &str, color: Color) -> Panel {
        self.styles.push(Style { edge: true, ..Style::new(legend, color) });
        self
    }

    /// The series whose names end so have this color, and a scale of their own at the right, with this beside it:
    /// for what is far smaller than the others and counts for as much.
    pub fn at_the_right(mut self, legend: &str, color: Color, label: &'static str) -> Panel {
        self.styles.push(Style { right: Some(label), ..Style::new(legend, color) });
        self
    }

    /// The series whose names end so are limits: dashed, never filled or stacked.
    pub fn limit(mut self, legend: &str) -> Panel {
        self.styles.push(Style { limit: true, ..Style::new(legend, Color::Limit) });
        self
    }

    /// The series whose names end so are what others are compared with: dashed, never filled or stacked.
    pub fn yardstick(mut self, legend: &str) -> Panel {
        self.styles.push(Style { limit: true, ..Style::new(legend, Color::Plain) });
        self
    }

    /// The most that its scale goes up to.
    pub fn up_to(mut self, most: f64) -> Panel {
        self.most = Some(most);
        self
    }

    /// Up to where the scale of a chart goes at least, so that the line that matters is always in sight.
    /// Default: a little above zero.
    pub fn at_least_up_to(mut self, value: f64) -> Panel {
        self.at_least = value;
        self
    }

    /// There are more than three series of each pool, for which a legend in rows has no room: they stand side
    /// by side.
    pub fn many(mut self) -> Panel {
        self.many = true;
        self
    }

    /// One on top of the other.
    pub fn stacked(mut self) -> Panel {
        self.stacked = true;
        self
    }

    /// Each line of the grid is ten times the one below: for what lies far apart.
    pub fn logarithmic(mut self) -> Panel {
        self.logarithmic = true;
        self
    }

    /// Single observations as dots, each of which leads to its trace; and a link to all such spans.
    pub fn traces(mut self, span: Span) -> Panel {
        self.exemplars = true;
        self.links.push(DataLink::traces(span));
        self
    }

    /// A link to spans, where there are no single observations to show.
    pub fn spans(mut self, span: Span) -> Panel {
        self.links.push(DataLink::traces(span));
        self
    }

    /// A link to another dashboard.
    pub fn leads_to(mut self, link: DataLink) -> Panel {
        self.links.push(link);
        self
    }

    /// The column by which a table is sorted at first, from the highest down.
    pub fn sorted_by(mut self, heading: &'static str) -> Panel {
        self.sort_by = Some(heading);
        self
    }

    /// Its width, of 24, and its height.
    pub fn size(mut self, width: u32, height: u32) -> Panel {
        (self.width, self.height) = (width, height);
        self
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Its queries.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn last_target(&mut self) -> &mut Target {
        self.targets.last_mut().expect("a query comes before what is said of it")
    }
}

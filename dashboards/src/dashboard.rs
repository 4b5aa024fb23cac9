//! A dashboard: its panels from left to right and from top to bottom, what can be chosen, what is
//! marked on the time line, and the way to the others.

use pool_core::catalog::{Attribute, Metric};
use serde_json::{Value, json};

use crate::measure::{CHOSEN, CHOSEN_PROCESSES, Scope};
use crate::panel::{FULL_WIDTH, Panel, datasource};
use crate::promql::label::{CONFIG_RESULT, EACH_PROCESS, POOL};
use crate::promql::{RATE_INTERVAL, Series, sum};
use crate::variable::Variable;

/// The tag that all our dashboards have, by which they find one another.
pub const TAG: &str = "clearpool";

/// A dashboard.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Its name, that of its file.
    pub name: &'static str,
    /// What stands at its top.
    pub title: &'static str,
    /// The questions that it answers.
    pub answers: &'static str,
    /// What can be chosen, besides the data source.
    pub variables: Vec<Variable>,
    /// Its panels, from left to right and from top to bottom.
    pub panels: Vec<Panel>,
}

impl Dashboard {
    /// Its uid: the same for ever, so that links and bookmarks stay.
    pub fn uid(&self) -> String {
        uid(self.name)
    }

    /// The dashboard as Grafana takes it.
    pub fn json(&self) -> Value {
        let variables = std::iter::once(Variable::datasource()).chain(self.variables.iter().map(Variable::json));
        json!({
            "annotations": { "list": annotations(self.scope()) },
            "description": self.answers,
            "editable": false,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "links": [links()],
            "liveNow": false,
            "panels": self.placed(),
            "refresh": "30s",
            "schemaVersion": 39,
            "tags": [TAG],
            "templating": { "list": variables.collect::<Vec<_>>() },
            "time": { "from": "now-1h", "to": "now" },
            "timepicker": {},
            "timezone": "",
            "title": self.title,
            "uid": self.uid(),
            "version": 1,
            "weekStart": "",
        })
    }

    /// What its variables choose.
    fn scope(&self) -> Scope {
        if self.variables.iter().any(|variable| variable.is_of(POOL)) { CHOSEN } else { CHOSEN_PROCESSES }
    }

    /// What may have no series while everything is well, and why: for a check that asks everything.
    pub(crate) fn may_be_empty(&self) -> impl Iterator<Item = Value> {
        let uid = self.uid();
        let panels = self.panels.iter().flat_map(|panel| panel.may_be_empty_at().map(|it| (panel.title, it)));
        let panels = panels.map(
            move |(panel, (target, why))| json!({ "dashboard": uid, "panel": panel, "target": target, "why": why }),
        );
        let cleared = json!({ "dashboard": self.uid(), "panel": NEW_GENERATION, "why": "no pool was cleared" });
        let refused = json!({ "dashboard": self.uid(), "panel": REFUSED, "why": "no reload was refused" });
        panels.chain([cleared, refused])
    }

    /// Fills rows: a panel that does not fit begins the next.
    fn placed(&self) -> Vec<Value> {
        let (mut x, mut y, mut tallest) = (0, 0, 0);
        let mut placed = Vec::new();
        for (place, panel) in self.panels.iter().enumerate() {
            if x + panel.width > FULL_WIDTH {
                (x, y, tallest) = (0, y + tallest, 0);
            }
            placed.push(panel.json(place + 1, x, y));
            (x, tallest) = (x + panel.width, tallest.max(panel.height));
        }
        placed
    }
}

/// The uid of the dashboard of this name.
pub fn uid(name: &str) -> String {
    format!("{TAG}-{name}")
}

const NEW_GENERATION: &str = "New generation";
const REFUSED: &str = "Configuration refused";

/// What happened to the pools: without it, a change of the curves has no cause.
fn annotations(scope: Scope) -> Vec<Value> {
    vec![
        annotation(
            "Configuration changed",
            "blue",
            sum(&[POOL], scope.of(Metric::Reconfigurations).increase(RATE_INTERVAL)).above(0.0),
            "{{pool}}: options or policies were changed on the live pool",
        ),
        annotation(
            REFUSED,
            "red",
            sum(EACH_PROCESS, scope.of(Metric::Reloads).is(CONFIG_RESULT, Attribute::REFUSED).increase(RATE_INTERVAL))
                .above(0.0),
            "{{instance}}: a reload was refused; the pools stay as they are",
        ),
        annotation(
            NEW_GENERATION,
            "purple",
            sum(&[POOL], scope.of(Metric::PoolGeneration).changes(RATE_INTERVAL)).above(0.0),
            "{{pool}}: cleared, so that all older connections are replaced",
        ),
    ]
}

fn annotation(name: &str, color: &str, query: crate::promql::Query, text: &str) -> Value {
    json!({
        "datasource": datasource(),
        "enable": true,
        "expr": query.to_string(),
        "hide": false,
        "iconColor": color,
        "name": name,
        "step": "",
        "tagKeys": "pool",
        "textFormat": text,
        "titleFormat": name,
        "useValueForTime": false,
    })
}

fn links() -> Value {
    json!({
        "asDropdown": false,
        "icon": "external link",
        "includeVars": true,
        "keepTime": true,
        "tags": [TAG],
        "targetBlank": false,
        "title": "Clearpool",
        "tooltip": "The other dashboards, with what is chosen here",
        "type": "dashboards",
        "url": "",
    })
}

/// By this series it is known which jobs, instances and pools there are.
pub(crate) fn known_by() -> Series {
    Series::of(Metric::PoolUptime)
}

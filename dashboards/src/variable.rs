//! Variables: what can be chosen at the top of a dashboard.

use pool_core::catalog::Metric;
use serde_json::{Value, json};

use crate::dashboard::known_by;
use crate::panel::datasource;
use crate::promql::label::{ENDPOINT, INSTANCE, JOB, POOL};
use crate::promql::{Label, Series};

/// What all of them together are.
const ALL: &str = ".+";

/// Something that can be chosen, several at once or all.
#[derive(Debug, Clone)]
pub struct Variable {
    label: Label,
    shown: &'static str,
    among: Series,
}

impl Variable {
    /// Which scrape jobs.
    pub fn job() -> Variable {
        Variable { label: JOB, shown: "Job", among: known_by() }
    }

    /// Which processes.
    pub fn instance() -> Variable {
        Variable { label: INSTANCE, shown: "Instance", among: known_by().matches(JOB, "$job") }
    }

    /// Which pools.
    pub fn pool() -> Variable {
        let among = known_by().matches(JOB, "$job").matches(INSTANCE, "$instance");
        Variable { label: POOL, shown: "Pool", among }
    }

    /// Which endpoints.
    pub fn endpoint() -> Variable {
        let known_by = Series::of(Metric::EndpointWeight);
        let among = known_by.matches(JOB, "$job").matches(INSTANCE, "$instance").matches(POOL, "$pool");
        Variable { label: ENDPOINT, shown: "Endpoint", among }
    }

    /// Those that every dashboard about pools has.
    pub fn of_pools() -> Vec<Variable> {
        vec![Variable::job(), Variable::instance(), Variable::pool()]
    }

    /// Which Prometheus: a variable of another kind, which every dashboard has.
    pub(crate) fn datasource() -> Value {
        json!({
            "hide": 0,
            "includeAll": false,
            "label": "Data source",
            "multi": false,
            "name": "datasource",
            "options": [],
            "query": "prometheus",
            "refresh": 1,
            "regex": "",
            "skipUrlSync": false,
            "type": "datasource",
        })
    }

    pub(crate) fn json(&self) -> Value {
        let query = format!("label_values({}, {})", self.among, self.label.as_str());
        json!({
            "allValue": ALL,
            "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
            "datasource": datasource(),
            "definition": query,
            "hide": 0,
            "includeAll": true,
            "label": self.shown,
            "multi": true,
            "name": self.label.as_str(),
            "options": [],
            "query": query,
            "refresh": 2,
            "regex": "",
            "skipUrlSync": false,
            "sort": 1,
            "type": "query",
        })
    }
}

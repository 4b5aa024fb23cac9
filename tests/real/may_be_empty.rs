//! The list of panels that are rightly empty while all is well: `may-be-empty.json` beside the dashboards.
//!
//! An array of `{"dashboard": UID, "panel": TITLE, "target": REFID, "why": TEXT}`. The title may be that of an
//! annotation; without a target, none of the panel's needs to have data. The queries have to be good all the
//! same.

use std::path::Path;

use serde_json::Value;

use crate::dashboard::{Ask, Dashboard};

/// What the list is called; it is no dashboard.
pub(crate) const NAME: &str = "may-be-empty.json";

/// The list.
#[derive(Debug, Default)]
pub(crate) struct MayBeEmpty(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    dashboard: String,
    panel: String,
    target: Option<String>,
}

impl MayBeEmpty {
    /// The list in a file.
    pub(crate) fn read(file: &Path) -> MayBeEmpty {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        MayBeEmpty::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    pub(crate) fn parse(text: &str) -> Result<MayBeEmpty, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let one = |entry: &Value| {
            let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let missing = || format!("an entry without `dashboard`, `panel` or `why`: {entry}");
            text("why").ok_or_else(missing)?;
            Ok(Entry {
                dashboard: text("dashboard").ok_or_else(missing)?,
                panel: text("panel").ok_or_else(missing)?,
                target: text("target"),
            })
        };
        let entries = json.as_array().ok_or("no array")?;
        Ok(MayBeEmpty(entries.iter().map(one).collect::<Result<_, String>>()?))
    }

    pub(crate) fn has(&self, dashboard: &str, ask: &Ask) -> bool {
        self.0.iter().any(|entry| entry.names(dashboard, ask))
    }

    /// Entries that name nothing that there is.
    pub(crate) fn astray(&self, boards: &[Dashboard]) -> Vec<String> {
        let there =
            |entry: &Entry| boards.iter().any(|board| board.asks.iter().any(|ask| entry.names(&board.uid, ask)));
        let astray = self.0.iter().filter(|entry| !there(entry));
        let told = astray.map(|Entry { dashboard, panel, target }| {
            let target = target.as_ref().map(|target| format!(", target {target}")).unwrap_or_default();
            format!("{NAME} names `{panel}`{target} of `{dashboard}`, which there is not")
        });
        told.collect()
    }
}

impl Entry {
    fn names(&self, dashboard: &str, ask: &Ask) -> bool {
        let target = self.target.as_ref().is_none_or(|target| *target == ask.target);
        self.dashboard == dashboard && self.panel == ask.who && target
    }
}

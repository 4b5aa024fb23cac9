//! The list of panels that are rightly empty while all is well: `may-be-empty.json` beside the dashboards.
//!
//! An array of `{"dashboard": UID, "panel": TITLE, "why": TEXT}`; the title may be that of an annotation.
//! Their queries have to be good all the same.

use std::path::Path;

use serde_json::Value;

/// What the list is called; it is no dashboard.
pub(crate) const NAME: &str = "may-be-empty.json";

/// The list.
#[derive(Debug, Default)]
pub(crate) struct MayBeEmpty(Vec<(String, String)>);

impl MayBeEmpty {
    /// The list of a directory, which is empty if there is no file.
    pub(crate) fn read(directory: &Path) -> MayBeEmpty {
        let file = directory.join(NAME);
        let Ok(text) = std::fs::read_to_string(&file) else { return MayBeEmpty::default() };
        MayBeEmpty::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    pub(crate) fn parse(text: &str) -> Result<MayBeEmpty, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let one = |entry: &Value| {
            let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty());
            let missing = || format!("an entry without `dashboard`, `panel` or `why`: {entry}");
            text("why").ok_or_else(missing)?;
            Ok((text("dashboard").ok_or_else(missing)?.to_owned(), text("panel").ok_or_else(missing)?.to_owned()))
        };
        let entries = json.as_array().ok_or("no array")?;
        Ok(MayBeEmpty(entries.iter().map(one).collect::<Result<_, String>>()?))
    }

    pub(crate) fn has(&self, dashboard: &str, panel: &str) -> bool {
        self.0.iter().any(|(of, title)| of == dashboard && title == panel)
    }

    /// Entries that name nothing that there is.
    pub(crate) fn astray<'a>(&self, there: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
        let there: Vec<_> = there.collect();
        let astray = self.0.iter().filter(|(of, title)| !there.contains(&(of, title)));
        astray.map(|(of, title)| format!("{NAME} names `{title}` of `{of}`, which there is not")).collect()
    }
}

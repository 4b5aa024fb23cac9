//! The committed files, read without the code that wrote them.

use std::fs;
use std::path::{Path, PathBuf};

use clearpool_dashboards::boards;
use serde_json::Value;

/// `dashboards/`.
pub(crate) fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    let path = home().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files right in a folder, within `dashboards/`.
pub(crate) fn in_folder(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(home().join(folder)).expect("a folder").map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.file_type().expect("a type").is_file());
    let mut files: Vec<_> = files.map(|entry| Path::new(folder).join(entry.file_name())).collect();
    files.sort();
    files
}

/// The committed dashboards.
pub(crate) fn dashboards() -> Vec<Value> {
    let read_one = |name| serde_json::from_str(&read(&format!("grafana/{name}.json"))).expect("JSON");
    boards::all().into_iter().map(|board| read_one(board.name)).collect()
}

pub(crate) fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// One query of a dashboard, and where it stands.
pub(crate) struct Asked {
    pub(crate) place: String,
    pub(crate) query: String,
    pub(crate) legend: String,
}

/// Every query of a dashboard: of panels, annotations and variables.
pub(crate) fn queries(dashboard: &Value) -> Vec<Asked> {
    let title = text(dashboard, "/title");
    let mut found = Vec::new();
    for panel in list(dashboard, "/panels") {
        let place = format!("{title}: {}", text(panel, "/title"));
        // A table's legends are headings.
        let is_table = text(panel, "/type") == "table";
        found.extend(list(panel, "/targets").iter().map(|target| Asked {
            place: place.clone(),
            query: text(target, "/expr").to_owned(),
            legend: if is_table { String::new() } else { text(target, "/legendFormat").to_owned() },
        }));
    }
    found.extend(list(dashboard, "/annotations/list").iter().map(|annotation| Asked {
        place: format!("{title}: annotation {}", text(annotation, "/name")),
        query: text(annotation, "/expr").to_owned(),
        legend: text(annotation, "/textFormat").to_owned(),
    }));
    found
}

/// What `label_values(series, label)` of a variable asks for.
pub(crate) fn label_values(variable: &Value) -> (String, String) {
    let query = text(variable, "/query");
    let inside = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let (series, label) = inside.and_then(|inside| inside.rsplit_once(", ")).expect("label_values(series, label)");
    (series.to_owned(), label.to_owned())
}

/// The expressions of a committed file of rules, each with the name of its rule.
pub(crate) fn rules(file: &str) -> Vec<(String, String)> {
    let mut rules: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in read(file).lines() {
        if let Some(name) = line.strip_prefix("      - alert: ").or(line.strip_prefix("      - record: ")) {
            rules.push((name.to_owned(), String::new()));
        }
        if line.trim_start().starts_with("expr: ") {
            inside = true;
        } else if inside && line.starts_with("          ") {
            let (_, expression) = rules.last_mut().expect("a rule before its expression");
            expression.push_str(line.trim_start());
            expression.push('\n');
        } else {
            inside = false;
        }
    }
    rules
}

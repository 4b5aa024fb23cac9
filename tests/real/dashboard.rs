//! A Grafana dashboard, as far as it asks for data.

use std::path::Path;

use serde_json::Value;

/// A dashboard.
#[derive(Debug)]
pub(crate) struct Dashboard {
    /// What lists and messages call it: its uid.
    pub(crate) uid: String,
    pub(crate) variables: Vec<Variable>,
    pub(crate) asks: Vec<Ask>,
}

/// A variable of a dashboard.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// The query of a query variable, else what it is set to.
    pub(crate) query: String,
    pub(crate) includes_all: bool,
    pub(crate) all_value: Option<String>,
    /// Whether it filters its values by an expression of its own.
    pub(crate) filters: bool,
}

/// One query of a panel or an annotation.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The panel's or the annotation's title.
    pub(crate) who: String,
    /// Which of its queries.
    pub(crate) target: String,
    pub(crate) query: String,
    /// Texts in which `{{label}}` stands for a label of the result.
    pub(crate) legends: Vec<String>,
}

/// Panels that ask for nothing.
const SILENT: [&str; 5] = ["row", "text", "dashlist", "alertlist", "news"];

impl Dashboard {
    pub(crate) fn read(file: &Path) -> Dashboard {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Dashboard::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    pub(crate) fn parse(text: &str) -> Result<Dashboard, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let uid = json["uid"].as_str().ok_or("a dashboard without a uid")?.to_owned();
        let mut asks = Vec::new();
        panels(&json, &mut asks)?;
        for annotation in items(&json["annotations"]["list"]).filter(|annotation| is_of_metrics(annotation)) {
            asks.push(of_annotation(annotation)?);
        }
        let variables = items(&json["templating"]["list"]).map(Variable::parse).collect::<Result<_, _>>()?;
        Ok(Dashboard { uid, variables, asks })
    }
}

impl Variable {
    fn parse(json: &Value) -> Result<Variable, String> {
        let name = json["name"].as_str().ok_or("a variable without a name")?;
        let query = json["query"].as_str().or_else(|| json["query"]["query"].as_str());
        let current = json["current"]["value"].as_str();
        Ok(Variable {
            name: name.to_owned(),
            kind: json["type"].as_str().ok_or_else(|| format!("variable `{name}` has no type"))?.to_owned(),
            query: query.or(current).unwrap_or_default().to_owned(),
            includes_all: json["includeAll"].as_bool() == Some(true),
            all_value: json["allValue"].as_str().filter(|value| !value.is_empty()).map(str::to_owned),
            filters: json["regex"].as_str().is_some_and(|regex| !regex.is_empty()),
        })
    }
}

/// What the panels ask for, those within rows included.
fn panels(of: &Value, asks: &mut Vec<Ask>) -> Result<(), String> {
    for panel in items(&of["panels"]) {
        panels(panel, asks)?;
        let who = panel["title"].as_str().unwrap_or("(no title)");
        if panel["type"].as_str().is_some_and(|kind| SILENT.contains(&kind)) {
            continue;
        }
        let before = asks.len();
        for target in items(&panel["targets"]).filter(|target| is_of_metrics(target) || !has_source(target)) {
            let ask = Ask {
                who: who.to_owned(),
                target: target["refId"].as_str().unwrap_or("?").to_owned(),
                query: text(&target["expr"]).ok_or_else(|| format!("panel `{who}` has a target without a query"))?,
                legends: text(&target["legendFormat"]).into_iter().collect(),
            };
            asks.push(ask);
        }
        let of_others = items(&panel["targets"]).any(|target| has_source(target) && !is_of_metrics(target));
        if asks.len() == before && !of_others {
            return Err(format!("panel `{who}` asks for nothing"));
        }
    }
    Ok(())
}

fn of_annotation(json: &Value) -> Result<Ask, String> {
    let who = json["name"].as_str().ok_or("an annotation without a name")?;
    let query = text(&json["expr"]).or_else(|| text(&json["target"]["expr"]));
    Ok(Ask {
        who: who.to_owned(),
        target: "annotation".to_owned(),
        query: query.ok_or_else(|| format!("annotation `{who}` has no query"))?,
        legends: ["titleFormat", "textFormat"].into_iter().filter_map(|key| text(&json[key])).collect(),
    })
}

fn has_source(json: &Value) -> bool {
    !json["datasource"].is_null()
}

/// Whether it asks Prometheus, and not a store of traces or Grafana itself.
fn is_of_metrics(json: &Value) -> bool {
    json["datasource"]["type"] == "prometheus"
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

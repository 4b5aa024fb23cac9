//! A panel in Grafana's JSON.

use serde_json::{Map, Value, json};

use super::{Color, Panel, Shape, Style, Target, Unit};

/// The labels of a table's rows, in the order in which one asks for them; numbers come behind.
const COLUMNS: &[&str] =
    &["alertname", "severity", "pool", "endpoint", "role", "policy", "reason", "status", "instance", "job"];

impl Panel {
    /// The panel at its place on the grid.
    pub(crate) fn json(&self, id: usize, x: u32, y: u32) -> Value {
        let mut panel = json!({
            "datasource": datasource(),
            "description": format!("{}\n\n**When it looks bad:** {}", self.shows, self.when_bad),
            "fieldConfig": {
                "defaults": self.defaults(),
                "overrides": self.overrides(),
            },
            "gridPos": { "h": self.height, "w": self.width, "x": x, "y": y },
            "id": id,
            "options": self.options(),
            "targets": self.targets.iter().enumerate().map(|(n, target)| self.target(n, target)).collect::<Vec<_>>(),
            "title": self.title,
            "type": self.shape.id(),
        });
        if self.shape == Shape::Table {
            panel["transformations"] = self.table_of_queries();
        }
        panel
    }

    /// The queries that may have no series, by their letters, and why.
    pub(crate) fn may_be_empty_at(&self) -> impl Iterator<Item = (String, &'static str)> {
        let targets = self.targets.iter().enumerate();
        targets.filter_map(|(place, target)| Some((letter(place), target.may_be_empty?)))
    }

    fn target(&self, place: usize, target: &Target) -> Value {
        let over_time = self.shape != Shape::Table && self.shape != Shape::Bars;
        json!({
            "datasource": datasource(),
            "editorMode": "code",
            "exemplar": self.exemplars,
            "expr": target.query.to_string(),
            "format": if self.shape == Shape::Table { "table" } else { "time_series" },
            "instant": !over_time,
            "legendFormat": target.legend,
            "range": over_time,
            "refId": letter(place),
        })
    }

    fn defaults(&self) -> Value {
        let mut defaults = json!({
            "color": { "mode": self.color_mode() },
            "custom": self.custom(),
            "links": self.links.iter().map(super::DataLink::json).collect::<Vec<_>>(),
            "mappings": [],
            "thresholds": thresholds(&self.steps, self.shape == Shape::Chart),
            "unit": self.unit.id(),
        });
        if !self.logarithmic {
            defaults["min"] = json!(0);
        }
        if self.shape == Shape::Bars {
            // Else a single bar has no name.
            defaults["displayName"] = json!("${__series.name}");
        }
        if let Some(most) = self.most {
            defaults["max"] = json!(most);
        }
        if let Some(text) = self.when_empty() {
            defaults["noValue"] = json!(text);
        }
        defaults
    }

    /// What is quiet while all is well says so, and does not look like a hole.
    fn when_empty(&self) -> Option<&'static str> {
        let why: Option<Vec<&str>> = self.targets.iter().map(|target| target.may_be_empty).collect();
        match (self.shape, self.unit) {
            // There is no room for a reason; of a share of nothing there is no number either.
            (Shape::Stat, Unit::Share) => why.map(|_| "–"),
            (Shape::Stat, _) => why.map(|_| "0"),
            _ => why?.first().copied(),
        }
    }

    fn color_mode(&self) -> &'static str {
        match self.shape {
            Shape::Chart => "palette-classic",
            _ => "thresholds",
        }
    }

    fn custom(&self) -> Value {
        match self.shape {
            Shape::Chart => json!({
                "axisPlacement": "auto",
                "axisSoftMax": if self.logarithmic { Value::Null } else { json!(self.at_least) },
                "drawStyle": "line",
                "fillOpacity": if self.stacked { 70 } else { 8 },
                "lineInterpolation": "linear",
                // Of what is stacked, a part that is zero would be a line on top of all others, as if it were all.
                "lineWidth": if self.stacked { 0 } else { 2 },
                "scaleDistribution": if self.logarithmic { json!({ "log": 10, "type": "log" }) } else { json!({ "type": "linear" }) },
                "showPoints": if self.stacked { "never" } else { "auto" },
                "spanNulls": false,
                "stacking": { "group": "A", "mode": if self.stacked { "normal" } else { "none" } },
                "thresholdsStyle": { "mode": if self.steps.is_empty() { "off" } else { "dashed" } },
            }),
            Shape::Table => json!({
                "align": "auto",
                "cellOptions": { "type": "auto" },
                "filterable": true,
                "inspect": false,
                "minWidth": 90,
            }),
            Shape::Stat | Shape::Gauge | Shape::Bars => json!({}),
        }
    }

    fn overrides(&self) -> Vec<Value> {
        let columns = self.targets.iter().filter(|_| self.shape == Shape::Table).map(column);
        self.styles.iter().map(styled).chain(columns).collect()
    }

    fn options(&self) -> Value {
        let reduce = json!({ "calcs": ["lastNotNull"], "fields": "", "values": false });
        match self.shape {
            Shape::Chart => json!({
                "legend": if self.stacked {
                    // Of many parts of a whole the names are enough; a table would leave them no room.
                    json!({ "calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true })
                } else {
                    let mode = if self.many { "list" } else { "table" };
                    json!({ "calcs": ["lastNotNull", "max"], "displayMode": mode, "placement": "bottom", "showLegend": true })
                },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
            Shape::Stat => json!({
                "colorMode": if self.steps.is_empty() { "none" } else { "background" },
                "graphMode": "area",
                "justifyMode": "auto",
                "orientation": "auto",
                "percentChangeColorMode": "standard",
                "reduceOptions": reduce,
                "showPercentChange": false,
                "textMode": "auto",
                "wideLayout": true,
            }),
            Shape::Gauge => json!({
                "minVizHeight": 75,
                "minVizWidth": 75,
                "orientation": "auto",
                "reduceOptions": reduce,
                "showThresholdLabels": false,
                "showThresholdMarkers": true,
                "sizing": "auto",
            }),
            // By hand: else a single bar is as high as the panel.
            Shape::Bars => json!({
                "displayMode": "basic",
                "legend": { "calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": false },
                "maxVizHeight": 40,
                "minVizHeight": 16,
                "minVizWidth": 8,
                "namePlacement": "auto",
                "orientation": "horizontal",
                "reduceOptions": reduce,
                "showUnfilled": true,
                "sizing": "manual",
                "valueMode": "color",
            }),
            Shape::Table => {
                let sort = self.sort_by.iter().map(|column| json!({ "desc": true, "displayName": column }));
                json!({
                    "cellHeight": "sm",
                    "footer": { "countRows": false, "reducer": ["sum"], "show": false },
                    "frameIndex": 0,
                    "showHeader": true,
                    "sortBy": sort.collect::<Vec<_>>(),
                })
            }
        }
    }

    /// One table of all queries: rows with the same labels become one, and the columns get their headings.
    fn table_of_queries(&self) -> Value {
        let order: Map<String, Value> =
            COLUMNS.iter().enumerate().map(|(place, &label)| (label.to_owned(), json!(place))).collect();
        let mut headings = Map::new();
        for (place, target) in self.targets.iter().enumerate() {
            // Grafana calls the column `Value` if there is one query only.
            let found = if self.targets.len() == 1 { "Value".to_owned() } else { format!("Value #{}", letter(place)) };
            headings.insert(found, json!(target.legend));
        }
        json!([
            { "id": "merge", "options": {} },
            { "id": "organize", "options": {
                "excludeByName": { "Time": true },
                "indexByName": order,
                "renameByName": headings,
            } },
        ])
    }
}

impl Shape {
    const fn id(self) -> &'static str {
        match self {
            Shape::Chart => "timeseries",
            Shape::Stat => "stat",
            Shape::Gauge => "gauge",
            Shape::Bars => "bargauge",
            Shape::Table => "table",
        }
    }
}

/// The data source that is chosen.
pub(crate) fn datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

/// The name of the query at a place: A, B, …
fn letter(place: usize) -> String {
    char::from_u32('A' as u32 + place as u32).expect("fewer queries than letters").to_string()
}

fn thresholds(steps: &[(f64, Color)], chart: bool) -> Value {
    let base = if steps.is_empty() && !chart { Color::Plain } else { Color::Good };
    let mut all = vec![json!({ "color": base.id(), "value": null })];
    all.extend(steps.iter().map(|(value, color)| json!({ "color": color.id(), "value": value })));
    json!({ "mode": "absolute", "steps": all })
}

fn styled(style: &Style) -> Value {
    let mut properties = vec![property("color", json!({ "fixedColor": style.color.id(), "mode": "fixed" }))];
    if style.limit {
        properties.push(property("custom.fillOpacity", json!(0)));
        properties.push(property("custom.lineWidth", json!(2)));
        properties.push(property("custom.lineStyle", json!({ "dash": [8, 6], "fill": "dash" })));
        properties.push(property("custom.stacking", json!({ "group": "A", "mode": "none" })));
    }
    if style.edge {
        properties.push(property("custom.lineWidth", json!(2)));
    }
    if let Some(label) = style.right {
        properties.push(property("custom.axisPlacement", json!("right")));
        properties.push(property("custom.axisLabel", json!(label)));
        properties.push(property("custom.axisColorMode", json!("series")));
        properties.push(property("custom.axisGridShow", json!(false)));
    }
    // Series are called after their pool first, and by what they are at the end.
    let names = format!("/(^| ){}$/", style.legend);
    json!({ "matcher": { "id": "byRegexp", "options": names }, "properties": properties })
}

fn column(target: &Target) -> Value {
    let mut properties = vec![
        property("unit", json!(target.unit.unwrap_or(Unit::Number).id())),
        // Rows are chosen by their labels; beside a number the button would only take room from its heading.
        property("custom.filterable", json!(false)),
    ];
    if !target.steps.is_empty() {
        properties.push(property("custom.cellOptions", json!({ "mode": "basic", "type": "color-background" })));
        properties.push(property("thresholds", thresholds(&target.steps, false)));
    }
    json!({ "matcher": { "id": "byName", "options": target.legend }, "properties": properties })
}

fn property(id: &str, value: Value) -> Value {
    json!({ "id": id, "value": value })
}

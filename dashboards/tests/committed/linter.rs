//! The rules of Grafana's dashboard-linter, and what we ask of a panel besides.

use clearpool_dashboards::dashboard::{TAG, uid};
use clearpool_dashboards::vocabulary::{metric, parse};
use pool_core::catalog::{Kind, Metric};
use promql_parser::label::MatchOp;
use promql_parser::parser::{Expr, VectorSelector};
use serde_json::{Value, json};

use crate::files::{Asked, dashboards, list, queries, text};

const DATASOURCE: &str = "${datasource}";
/// What a renderer of Grafana's JSON has to know.
const SHAPES: &[&str] = &["timeseries", "stat", "bargauge", "table", "gauge"];
/// Those of Grafana's units that we use; each is known to the linter.
const UNITS: &[&str] = &["short", "percentunit", "s", "reqps", "ops", "bool_yes_no"];

fn variable<'a>(dashboard: &'a Value, name: &str) -> Option<&'a Value> {
    list(dashboard, "/templating/list").iter().find(|variable| text(variable, "/name") == name)
}

#[test]
fn the_data_source_is_a_variable() {
    for dashboard in dashboards() {
        let source = variable(&dashboard, "datasource").expect("a variable `datasource`");
        assert_eq!(text(source, "/type"), "datasource");
        assert_eq!(text(source, "/query"), "prometheus");
        assert_eq!(text(source, "/label"), "Data source");
        assert!(dashboard.get("__inputs").is_none(), "a file with __inputs cannot be provisioned");
        let sources = list(&dashboard, "/templating/list").iter().filter(|one| text(one, "/type") == "datasource");
        assert_eq!(sources.count(), 1, "with two of them, the linter wants other names");
    }
}

#[test]
fn job_and_instance_and_what_else_is_chosen_are_lists_with_all() {
    for dashboard in dashboards() {
        let title = text(&dashboard, "/title");
        for name in ["job", "instance"] {
            assert!(variable(&dashboard, name).is_some(), "{title} has no `{name}`");
        }
        for chosen in list(&dashboard, "/templating/list").iter().filter(|one| text(one, "/type") == "query") {
            let name = text(chosen, "/name");
            assert_eq!(text(chosen, "/datasource/uid"), DATASOURCE, "{title}: {name}");
            assert_eq!(chosen["multi"], true, "{title}: {name}");
            assert_eq!(chosen["includeAll"], true, "{title}: {name}");
            assert_eq!(text(chosen, "/allValue"), ".+", "{title}: {name}");
            assert_eq!(chosen["refresh"], 2, "{title}: {name} is not read anew when the time changes");
            assert_eq!(text(chosen, "/label").to_lowercase(), name, "{title}");
        }
    }
}

#[test]
fn a_dashboard_is_read_only_and_keeps_its_uid() {
    for (dashboard, name) in dashboards().iter().zip(["fleet", "pool", "endpoints", "policies", "telemetry"]) {
        assert_eq!(dashboard["editable"], false, "{name}");
        assert_eq!(text(dashboard, "/uid"), uid(name));
        assert!(dashboard.get("id").is_none(), "{name}: an id belongs to one Grafana only");
        assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 39), "{name}");
        assert_eq!(list(dashboard, "/tags"), [json!(TAG)], "{name}");
        let link = &dashboard["links"][0];
        assert_eq!((text(link, "/type"), list(link, "/tags")), ("dashboards", &[json!(TAG)][..]), "{name}");
        assert_eq!((&link["includeVars"], &link["keepTime"]), (&json!(true), &json!(true)), "{name}");
    }
}

#[test]
fn every_panel_has_title_description_unit_and_queries() {
    for dashboard in dashboards() {
        let mut titles = Vec::new();
        for panel in list(&dashboard, "/panels") {
            let title = text(panel, "/title");
            assert!(!title.is_empty() && !titles.contains(&title), "`{title}` twice on {}", text(&dashboard, "/title"));
            titles.push(title);
            let (shows, when_bad) = text(panel, "/description").split_once("\n\n**When it looks bad:** ").expect(title);
            assert!(shows.ends_with('.') && shows.len() > 20, "{title} does not say what it shows: {shows}");
            assert!(when_bad.ends_with('.') && when_bad.len() > 40, "{title} does not say what to do: {when_bad}");
            assert!(SHAPES.contains(&text(panel, "/type")), "{title}: {}", text(panel, "/type"));
            assert!(UNITS.contains(&text(panel, "/fieldConfig/defaults/unit")), "{title}");
            assert!(!list(panel, "/targets").is_empty(), "{title} asks nothing");
            assert_eq!(text(panel, "/datasource/uid"), DATASOURCE, "{title}");
            for target in list(panel, "/targets") {
                assert_eq!(text(target, "/datasource/uid"), DATASOURCE, "{title}");
                assert!(!text(target, "/legendFormat").is_empty(), "{title}: {}", text(target, "/expr"));
            }
        }
    }
}

#[test]
fn panels_fill_the_grid_without_overlap() {
    for dashboard in dashboards() {
        let mut taken = std::collections::BTreeMap::new();
        for panel in list(&dashboard, "/panels") {
            let at = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
            assert!(at("x") + at("w") <= 24, "{} is out of the grid", text(panel, "/title"));
            for place in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
                let before = taken.insert(place, text(panel, "/title"));
                assert_eq!(before, None, "{} lies on it", text(panel, "/title"));
            }
        }
        let height = taken.keys().map(|(_, y)| y + 1).max().expect("panels");
        assert_eq!(taken.len() as u64, 24 * height, "{} has holes", text(&dashboard, "/title"));
    }
}

#[test]
fn times_show_exemplars_and_lead_to_traces() {
    // No span is as long as a connection lives.
    let lifetimes = Metric::ConnectionLifetime.prometheus();
    for dashboard in dashboards() {
        for panel in list(&dashboard, "/panels").iter().filter(|panel| text(panel, "/type") == "timeseries") {
            let of_times = |target: &Value| {
                let query = text(target, "/expr");
                query.starts_with("histogram_quantile") && !query.contains(" / ") && !query.contains(&lifetimes)
            };
            if list(panel, "/targets").iter().any(of_times) {
                let title = text(panel, "/title");
                assert!(list(panel, "/targets").iter().all(|target| target["exemplar"] == true), "{title}");
                let links = list(panel, "/fieldConfig/defaults/links");
                let traces = links.iter().filter(|link| text(link, "/url").starts_with("/explore?"));
                assert_eq!(traces.count(), 1, "{title}");
            }
        }
    }
}

#[test]
fn a_chart_of_zeros_has_a_sensible_scale_and_every_line_that_matters_is_in_sight() {
    for dashboard in dashboards() {
        for panel in list(&dashboard, "/panels").iter().filter(|panel| text(panel, "/type") == "timeseries") {
            let (title, defaults) = (text(panel, "/title"), &panel["fieldConfig"]["defaults"]);
            if defaults["custom"]["scaleDistribution"]["type"] == "log" {
                continue;
            }
            let top = defaults["custom"]["axisSoftMax"].as_f64().expect(title);
            assert!(top > 0.0 && top <= 5.0, "{title} goes up to {top} at least");
            for step in list(panel, "/fieldConfig/defaults/thresholds/steps") {
                let line = step["value"].as_f64().unwrap_or(0.0);
                assert!(line < top, "{title} has a line at {line} and goes up to {top} only");
            }
        }
    }
}

#[test]
fn every_dashboard_marks_changes_of_the_configuration_and_generations() {
    for dashboard in dashboards() {
        let names: Vec<_> = list(&dashboard, "/annotations/list").iter().map(|one| text(one, "/name")).collect();
        assert_eq!(names, ["Configuration changed", "Configuration refused", "New generation"]);
    }
}

#[test]
fn every_query_is_of_the_chosen_job_and_instance() {
    every_query(|query| selectors(query).into_iter().find_map(not_chosen));
}

#[test]
fn counters_stand_in_a_rate_over_the_rate_interval() {
    every_query(bare_counter);
    every_query(|query| {
        let windows =
            query.split("rate(").chain(query.split("increase(")).skip(1).filter_map(|part| part.split_once('['));
        windows.filter_map(|(_, window)| window.split_once(']')).find_map(|(window, _)| {
            (window != "$__rate_interval" && window != "$__range").then(|| format!("a rate over {window}"))
        })
    });
}

#[test]
fn the_linter_finds_what_is_planted() {
    let rule = |query: &str| bare_counter(query);
    assert!(rule("sum(clearpool_dials_total)").is_some(), "a counter as it is");
    assert!(rule("clearpool_wait_time_seconds_sum").is_some(), "a histogram's sum as it is");
    assert!(rule("max_over_time(clearpool_dials_total[5m])").is_some(), "a counter in another function");
    assert!(rule("sum(rate(clearpool_dials_total[5m])) + clearpool_connection_max").is_none());
    let missing = |query: &str| selectors(query).into_iter().find_map(not_chosen);
    assert!(missing("clearpool_connection_max{job=~\"$job\"}").is_some(), "no instance");
    assert!(missing("clearpool_connection_max{job=\"$job\", instance=~\"$instance\"}").is_some(), "one job only");
    assert!(missing("clearpool_connection_max{job=~\"$job\", instance=~\"$instance\"}").is_none());
}

fn every_query(rule: impl Fn(&str) -> Option<String>) {
    let asked = dashboards();
    let wrong = asked.iter().flat_map(queries).filter_map(|Asked { place, query, .. }| {
        let complaint = rule(&query)?;
        Some(format!("{place}: {complaint}\n    {query}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn not_chosen(selector: VectorSelector) -> Option<String> {
    ["job", "instance"].into_iter().find_map(|name| {
        let found = selector.matchers.matchers.iter().any(|matcher| {
            matcher.name == name && matches!(matcher.op, MatchOp::Re(_)) && matcher.value == format!("${name}")
        });
        (!found).then(|| format!("`{selector}` has no matcher {name}=~\"${name}\""))
    })
}

fn selectors(query: &str) -> Vec<VectorSelector> {
    let mut found = Vec::new();
    walk(&parse(query).expect("it can be parsed"), None, &mut |selector, _| found.push(selector.clone()));
    found
}

/// A counter of the catalog that is not directly in a rate or an increase.
fn bare_counter(query: &str) -> Option<String> {
    let mut bare = None;
    walk(&parse(query).expect("it can be parsed"), None, &mut |selector, within| {
        let counts = selector.name.as_deref().and_then(metric).map(Metric::kind);
        let is_counter = matches!(counts, Some(Kind::Counter | Kind::Histogram));
        if is_counter && !matches!(within, Some("rate" | "irate" | "increase")) {
            bare = Some(format!("`{selector}` is a counter outside of a rate"));
        }
    });
    bare
}

/// Every selector of an expression, with the function whose argument it is.
fn walk(expression: &Expr, within: Option<&str>, visit: &mut dyn FnMut(&VectorSelector, Option<&str>)) {
    match expression {
        Expr::VectorSelector(selector) => visit(selector, None),
        Expr::MatrixSelector(selector) => visit(&selector.vs, within),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| walk(argument, Some(call.func.name), visit)),
        Expr::Aggregate(aggregate) => walk(&aggregate.expr, None, visit),
        Expr::Binary(binary) => {
            walk(&binary.lhs, None, visit);
            walk(&binary.rhs, None, visit);
        }
        Expr::Paren(inner) => walk(&inner.expr, within, visit),
        Expr::Unary(inner) => walk(&inner.expr, None, visit),
        Expr::Subquery(inner) => walk(&inner.expr, within, visit),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

//! Every name in every query exists, and everything that the pool tells is shown somewhere.

use std::collections::BTreeSet;

use clearpool_dashboards::boards;
use clearpool_dashboards::rules::Recorded;
use clearpool_dashboards::vocabulary::{Labels, labels_of, metric};
use pool_core::catalog::Metric;

use crate::files::{Asked, dashboards, label_values, list, queries, read, rules, text};

/// What is wrong with a query, its legend included.
fn wrong(asked: &Asked) -> Option<String> {
    let labels = match labels_of(&asked.query) {
        Ok(labels) => labels,
        Err(error) => return Some(format!("{}: {error}\n    {}", asked.place, asked.query)),
    };
    let missing = in_braces(&asked.legend).into_iter().find(|label| !labels.contains(label))?;
    Some(format!("{}: the legend names `{missing}`, which is none of {labels:?}\n    {}", asked.place, asked.query))
}

fn in_braces(legend: &str) -> Vec<String> {
    let parts = legend.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
    parts.map(|(label, _)| label.trim().to_owned()).collect()
}

#[test]
fn every_query_of_every_dashboard_uses_names_of_the_catalog() {
    let asked: Vec<Asked> = dashboards().iter().flat_map(queries).collect();
    assert!(asked.len() > 100, "only {} queries were found", asked.len());
    let wrong: Vec<String> = asked.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "queries that find nothing:\n  {}", wrong.join("\n  "));
}

#[test]
fn every_variable_asks_for_a_label_that_is_there() {
    for dashboard in dashboards() {
        for variable in list(&dashboard, "/templating/list").iter().filter(|one| text(one, "/type") == "query") {
            let (series, label) = label_values(variable);
            let labels = labels_of(&series).unwrap_or_else(|error| panic!("{series}: {error}"));
            assert!(labels.contains(&label), "{series} has no `{label}`");
        }
    }
}

#[test]
fn a_table_has_the_same_labels_in_all_its_columns() {
    for dashboard in dashboards() {
        for table in list(&dashboard, "/panels").iter().filter(|panel| text(panel, "/type") == "table") {
            let of = |target| labels_of(text(target, "/expr")).expect("checked elsewhere");
            let columns: BTreeSet<Labels> = list(table, "/targets").iter().map(of).collect();
            assert_eq!(columns.len(), 1, "rows of `{}` would not merge: {columns:?}", text(table, "/title"));
        }
    }
}

#[test]
fn every_rule_uses_names_of_the_catalog() {
    let all: Vec<_> = ["clearpool.rules.yml", "clearpool.alerts.yml"]
        .iter()
        .flat_map(|name| rules(&format!("prometheus/{name}")))
        .collect();
    assert!(all.len() > 20, "only {} rules were found", all.len());
    for (name, expression) in all {
        let labels = labels_of(&expression).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Some(recorded) = Recorded::ALL.iter().find(|recorded| recorded.name() == name) {
            let said: Labels = recorded.labels().iter().map(|label| label.as_str().to_owned()).collect();
            assert_eq!(labels, said, "{name} does not have the labels that it says");
        }
    }
}

#[test]
fn every_annotation_of_an_alert_names_a_label_that_it_has() {
    let text = read("prometheus/clearpool.alerts.yml");
    for (name, expression) in rules("prometheus/clearpool.alerts.yml") {
        let labels = labels_of(&expression).expect("checked elsewhere");
        let rule = text.split("- alert: ").find(|rule| rule.starts_with(&format!("{name}\n"))).expect("the rule");
        for used in rule.split("$labels.").skip(1) {
            let label: String = used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            assert!(labels.contains(&label), "{name} speaks of `{label}`, which is none of {labels:?}");
        }
    }
}

#[test]
fn every_metric_of_the_catalog_is_on_a_dashboard() {
    let asked: String = dashboards().iter().flat_map(queries).map(|asked| asked.query + "\n").collect();
    let names: BTreeSet<&str> = asked.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let shown: BTreeSet<Metric> = names.into_iter().filter_map(metric).collect();
    let hidden: Vec<_> = Metric::ALL.iter().filter(|metric| !shown.contains(metric)).collect();
    assert!(hidden.is_empty(), "nobody sees {hidden:?}: give each a panel in dashboards/src/boards");
}

#[test]
fn a_wrong_metric_is_found() {
    let planted = plant("clearpool_refusals_total", "clearpool_refusal_total");
    let message = wrong(&planted).expect("a wrong metric has to be found");
    assert!(message.contains("no metric `clearpool_refusal_total` in the catalog"), "{message}");
}

#[test]
fn a_wrong_label_is_found() {
    let message = wrong(&plant("pool=~\"$pool\"", "pool_name=~\"$pool\"")).expect("in a matcher");
    assert!(message.contains("no label `pool_name` on `clearpool_refusals_total`"), "{message}");
    let message = wrong(&plant("by (pool, reason)", "by (pool, cause)")).expect("in a sum");
    assert!(message.contains("no label `cause`"), "{message}");
    let mut planted = plant("", "");
    planted.legend = "{{pool}} {{endpoint}}".to_owned();
    let message = wrong(&planted).expect("in a legend");
    assert!(message.contains("the legend names `endpoint`"), "{message}");
}

#[test]
fn a_word_that_a_label_never_has_is_found() {
    let message = labels_of("clearpool_connection_count{state=\"leased\"}").expect_err("the word is `used`");
    assert!(message.contains("`state` of `clearpool_connection_count` is never `leased`"), "{message}");
}

#[test]
fn sides_that_never_match_are_found() {
    let never = "sum by (pool) (clearpool_connection_max) / sum by (pool, endpoint) (clearpool_endpoint_weight)";
    assert!(labels_of(never).expect_err("never").contains("never match"));
    let several =
        "sum by (pool, endpoint) (clearpool_endpoint_weight) / on (pool) sum by (pool) (clearpool_connection_max)";
    assert!(labels_of(several).expect_err("several").contains("several of it match one"));
}

#[test]
fn a_histogram_is_asked_for_by_its_buckets() {
    assert!(labels_of("clearpool_wait_time_seconds").expect_err("bare").contains("ask for its `_bucket`"));
    assert!(labels_of("rate(clearpool_wait_time_seconds_count[1m])").is_ok());
    let without_le = "histogram_quantile(0.9, sum by (pool) (rate(clearpool_wait_time_seconds_bucket[5m])))";
    assert!(labels_of(without_le).expect_err("no le").contains("no label `le`"));
}

#[test]
fn what_may_be_empty_says_why() {
    let targets = boards::all().into_iter().flat_map(|board| board.panels);
    for panel in targets {
        for why in panel.targets().iter().filter_map(|target| target.may_be_empty) {
            assert!(why.len() > 10, "{}: {why}", panel.title());
        }
    }
}

/// The query of a panel as it is committed, with one word changed.
fn plant(word: &str, other: &str) -> Asked {
    let asked = dashboards().iter().flat_map(queries).find(|asked| asked.place.ends_with(": Refusals by reason"));
    let asked = asked.expect("the panel");
    assert!(wrong(&asked).is_none(), "it is right as it is");
    let query = asked.query.replacen(word, other, 1);
    assert!(word == other || query != asked.query, "`{word}` is in {}", asked.query);
    Asked { query, ..asked }
}

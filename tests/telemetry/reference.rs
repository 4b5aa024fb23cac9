//! The reference page is that of the catalog.

use pool_core::catalog;

#[test]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/telemetry.md");
    let wanted = catalog::reference();
    let found = std::fs::read_to_string(path).unwrap_or_default();
    let difference = found.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
    assert!(
        found == wanted,
        "docs/telemetry.md is stale, from line {}: write it anew with \
         `cargo run --quiet -- telemetry-reference > docs/telemetry.md`",
        difference.map_or(found.lines().count().min(wanted.lines().count()), |line| line) + 1
    );
}

#[test]
fn the_page_names_everything() {
    let page = catalog::reference();
    let metrics = catalog::Metric::ALL.iter().map(|metric| metric.prometheus());
    let spans = catalog::Span::ALL.iter().map(|span| span.name().to_owned());
    let notices = catalog::Notice::ALL.iter().map(|notice| notice.name().to_owned());
    for name in metrics.chain(spans).chain(notices) {
        assert!(page.contains(&name), "{name}");
    }
}

//! What a plugin says of itself.

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::laws::words::kebab;

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "names-itself",
        "the kind is a word in kebab-case, and the crate is named",
        "KIND is lower case with hyphens, CRATE is env!(\"CARGO_PKG_NAME\")",
        names_itself,
    ),
    Law::new(
        "sums-itself-up",
        "the summary is one short line without a full stop",
        "shorten SUMMARY to what fits into a list",
        sums_itself_up,
    ),
    Law::new(
        "example-builds",
        "the example is TOML, names the kind and builds",
        "EXAMPLE is the table of a configuration, with `kind` and options that make sense",
        example_builds,
    ),
];

fn names_itself(subject: &Subject) -> Verdict {
    let plugin = subject.plugin();
    if !kebab(plugin.kind) {
        return Err(format!("the kind is {:?}", plugin.kind));
    }
    if plugin.krate.is_empty() {
        return Err("the crate has no name; give env!(\"CARGO_PKG_NAME\")".into());
    }
    Ok(())
}

fn sums_itself_up(subject: &Subject) -> Verdict {
    let summary = subject.plugin().summary;
    let good = !summary.trim().is_empty() && !summary.contains('\n') && !summary.ends_with('.') && summary.len() <= 120;
    if good { Ok(()) } else { Err(format!("the summary is {summary:?}")) }
}

fn example_builds(subject: &Subject) -> Verdict {
    let example = Subject::example(*subject.plugin())?;
    example.mistake().map_or(Ok(()), |error| Err(format!("the example is refused: {error}")))
}

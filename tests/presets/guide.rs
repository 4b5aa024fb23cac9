//! The guide tells of every preset, and what it shows is so.

use std::path::Path;

use clearpool::{App, Loader, presets};

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/presets.md");
    std::fs::read_to_string(path).expect("the guide")
}

/// The fenced blocks of a language.
fn blocks<'g>(guide: &'g str, language: &str) -> Vec<&'g str> {
    guide
        .match_indices(&format!("```{language}\n"))
        .filter_map(|(at, fence)| guide[at + fence.len()..].split("\n```").next())
        .collect()
}

#[test]
fn the_table_has_a_row_for_every_preset_in_the_order_of_the_list() {
    let guide = guide();
    let (_, table) = guide.split_once("## Which pool does what").expect("the heading");
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let names: Vec<&str> = presets::all().iter().map(presets::Preset::name).collect();
    assert_eq!(rows, names);
    let columns: Vec<usize> =
        table.lines().filter(|line| line.starts_with('|')).map(|row| row.matches('|').count()).collect();
    assert!(columns.iter().all(|&count| count == columns[0]), "{columns:?}");
}

#[test]
fn the_example_is_explained_as_it_is_shown() {
    let guide = guide();
    let example = blocks(&guide, "toml")[0];
    let config = Loader::new(&App::new()).text("pool.toml", example).load().unwrap_or_else(|error| panic!("{error}"));
    let explained = config.explain().to_string();
    // In which line of the preset a value stands may change, what it is and where it comes from may not.
    let spaced = |line: &str| {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        line.split_once("# preset redigo:").map_or(line.clone(), |(value, _)| format!("{value}# preset redigo"))
    };
    let explained: Vec<String> = explained.lines().map(spaced).collect();
    let shown = blocks(&guide, "text")[0];
    assert!(shown.lines().count() >= 4, "{shown}");
    for line in shown.lines() {
        assert!(explained.contains(&spaced(line)), "{line} is not in\n{explained:#?}");
    }
}

/// What the guide calls a key of ours is one.
#[test]
fn every_key_that_is_named_is_there() {
    let guide = guide();
    let options = serde_json::to_value(clearpool::core::PoolOptions::default()).expect("plain values");
    let words = guide.split('`').skip(1).step_by(2).filter_map(|code| code.split(" = ").next());
    let mut found = 0;
    for (section, key) in words.filter_map(|word| word.split_once('.')) {
        if let Some(keys) = options.get(section) {
            assert!(keys.get(key).is_some(), "`{section}.{key}`");
            found += 1;
        }
    }
    assert!(found >= 30, "only {found}");
}

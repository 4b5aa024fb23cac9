//! The twelve lines that a newcomer sees first are a configuration that is taken.

use std::path::Path;

use clearpool::{App, Loader};

#[test]
fn the_example_is_twelve_lines_and_taken() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pool.toml");
    let lines = std::fs::read_to_string(&path).unwrap().lines().count();
    assert_eq!(lines, 12);
    let config = Loader::new(&App::new()).file(&path).load().unwrap_or_else(|error| panic!("{error}"));
    assert!(config.warnings.is_empty());
    assert_eq!(config.pools["orders"].options.limits.max_open, 32);
}

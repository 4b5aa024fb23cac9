//! The tests that keep Clearpool from the same.

use std::path::Path;

/// A test of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Regression {
    /// Its file, from the root of the repository.
    pub(crate) file: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
}

/// Whether there is such a test.
pub(crate) fn exists(root: &str, test: &Regression) -> bool {
    let source = std::fs::read_to_string(Path::new(root).join(test.file)).unwrap_or_default();
    source.contains(&format!("fn {}(", test.name))
}

#[test]
fn every_test_that_is_named_exists() {
    for case in crate::cases::CASES {
        assert!(exists(crate::ROOT, &case.test), "{}: {} in {}", case.number, case.test.name, case.test.file);
    }
}

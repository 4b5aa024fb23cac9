//! Promises about options.

use crate::Subject;

/// These options are refused, and the error names `key`.
///
/// # Panics
/// If they are taken, or the error does not name the key.
#[track_caller]
pub fn refused(subject: impl Into<Subject>, key: &str) {
    let subject = subject.into();
    let Some(error) = subject.mistake() else { panic!("{subject} was not refused") };
    let told = error.path.iter().any(|part| part == key) || error.message.contains(&format!("`{key}`"));
    assert!(told, "{subject} was refused without naming `{key}`: {error}");
}

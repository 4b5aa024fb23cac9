//! Where a server's program is, and what is said when it is nowhere.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

/// With this variable set, a server that is missing fails the test.
const REQUIRED: &str = "CLEARPOOL_REQUIRE_SERVERS";

/// The path of a server's program: in `target/servers/bin`, where `scripts/install-servers` puts what it
/// does not install on the machine, or else on the search path.
///
/// `None` means that the test is to be skipped, and that this has been told, loudly: on standard error and
/// past the capture of the test harness. `install` is what `scripts/install-servers` calls it.
///
/// # Panics
///
/// If there is none and the environment variable `CLEARPOOL_REQUIRE_SERVERS` is set.
pub fn find_program(server: &str, program: &str, install: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = std::iter::once(installed()).chain(env::split_paths(&path)).map(|dir| dir.join(program));
    let found = found.into_iter().find(|file| file.is_file());
    if found.is_none() {
        tell(server, program, install);
    }
    found
}

/// Where `scripts/install-servers` puts programs.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/servers/bin")
}

fn tell(server: &str, program: &str, install: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let how = format!("no program `{program}` on the search path; to install it: scripts/install-servers {install}");
    assert!(
        env::var_os(REQUIRED).is_none_or(|value| value.is_empty()),
        "{server} is missing, and {REQUIRED} is set: {how}"
    );
    let line = "!".repeat(78);
    let text = format!("\n{line}\n!!! SKIPPED: {test}\n!!! {server} is missing: {how}\n{line}\n\n");
    // Not `eprint!`: of a test that passes, the harness shows nothing of that.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use super::*;

    #[test]
    fn a_program_on_the_search_path_is_found() {
        assert!(find_program("The shell", "sh", "nothing").is_some_and(|path| path.is_file()));
    }

    /// Not a test of its own: run by the next one, in a process with another environment.
    #[test]
    #[ignore = "run by a_missing_server_is_a_loud_skip_or_a_failure"]
    fn wants_a_server_that_is_nowhere() {
        if find_program("Nonesuch", "no-such-server", "nonesuch").is_none() {
            return;
        }
        unreachable!("there is no such server");
    }

    fn run(required: &str) -> Output {
        let this = env::current_exe().expect("a program");
        Command::new(this)
            .args(["--exact", "find::tests::wants_a_server_that_is_nowhere", "--include-ignored"])
            .env(REQUIRED, required)
            .output()
            .expect("it can be run")
    }

    #[test]
    fn a_missing_server_is_a_loud_skip_or_a_failure() {
        let skipped = run("");
        let told = String::from_utf8_lossy(&skipped.stderr).into_owned();
        assert!(skipped.status.success(), "{told}");
        for part in ["SKIPPED", "wants_a_server_that_is_nowhere", "Nonesuch", "scripts/install-servers nonesuch"] {
            assert!(told.contains(part), "`{part}` is not told, though the test passed: {told}");
        }
        let failed = run("1");
        assert!(!failed.status.success());
        let told = String::from_utf8_lossy(&failed.stdout).into_owned();
        assert!(told.contains("Nonesuch is missing, and CLEARPOOL_REQUIRE_SERVERS is set"), "{told}");
    }
}

//! Chromium, for tests of pages.

use std::path::{Path, PathBuf};

use crate::find::find_program;
use crate::launch::Launch;
use crate::patience::LONG;
use crate::process::Process;

/// Chromium without a window.
#[derive(Debug, Clone)]
pub struct Chromium {
    program: PathBuf,
}

/// For a machine without a screen, and as root; nothing is fetched that the page does not want.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

impl Chromium {
    /// The Chromium of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Chromium> {
        Some(Chromium { program: find_program("Chromium", "chromium", "chromium")? })
    }

    /// Chromium with a new profile and everything that it needs without a screen; more arguments may follow,
    /// the page as the last.
    pub fn launch(&self) -> Launch {
        let launch = Launch::new("Chromium", &self.program).args(FLAGS);
        let profile = format!("--user-data-dir={}", launch.directory().join("profile").display());
        launch.arg(profile)
    }

    /// The page's document as HTML, after its scripts have run for so many seconds of its own time.
    ///
    /// # Panics
    ///
    /// If Chromium fails, with its log.
    pub fn document(&self, url: &str, seconds: u32) -> String {
        let run = self.launch().args([&budget(seconds), "--dump-dom", url]).start();
        finish(&run);
        run.log().output()
    }

    /// A picture of the page as PNG, so wide and so high, after its scripts have run for so many seconds of
    /// its own time.
    ///
    /// # Panics
    ///
    /// If Chromium fails, with its log.
    pub fn picture(&self, url: &str, seconds: u32, (wide, high): (u32, u32), file: &Path) {
        let shot = format!("--screenshot={}", file.display());
        let run = self.launch().args([&budget(seconds), &format!("--window-size={wide},{high}"), &shot, url]).start();
        finish(&run);
        assert!(file.is_file(), "no picture was written: {}", run.log().tail());
    }
}

fn budget(seconds: u32) -> String {
    format!("--virtual-time-budget={}", seconds * 1000)
}

#[track_caller]
fn finish(run: &Process) {
    let status = run.wait(LONG);
    assert!(status.success(), "{status}: {}", run.log().tail());
}

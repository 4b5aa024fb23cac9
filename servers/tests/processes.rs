//! What is started is gone with whoever started it, whatever becomes of that.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clearpool_servers::{LONG, Launch, Process, eventually};

/// Tells its directory, its id and that of a child of its own, and stays.
const STAYS: &str = "echo directory=$1; echo id=$$; sleep 1000 & echo id=$!; echo 'told on the other output' >&2; wait";

fn stay() -> (Process, Told) {
    let launch = Launch::new("the one that stays", "sh");
    let directory = launch.directory().to_owned();
    let process = launch.args(["-c", STAYS, "sh"]).arg(&directory).start();
    let told = process.until(LONG, |log| Told::read(&log.output())).expect("it stays");
    (process, told)
}

struct Told {
    directory: PathBuf,
    ids: Vec<String>,
}

impl Told {
    fn read(text: &str) -> Option<Told> {
        // Behind whatever the harness writes before it.
        let values = |key: &'static str| {
            let pairs = text.lines().filter_map(move |line| line.split_once(key));
            pairs.map(|(_, value)| value.to_owned())
        };
        let ids: Vec<String> = values("id=").collect();
        Some(Told { directory: PathBuf::from(values("directory=").next()?), ids: (ids.len() == 2).then_some(ids)? })
    }

    fn all_are_there(&self) -> bool {
        self.ids.iter().all(|id| is_alive(id)) && self.directory.is_dir()
    }

    fn all_are_gone(&self) -> bool {
        !self.ids.iter().any(|id| is_alive(id)) && !self.directory.exists()
    }
}

fn is_alive(id: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", id]).output().expect("there is `ps`");
    let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
    // One that is dead and not yet buried does nothing any more.
    !state.is_empty() && !state.starts_with('Z')
}

#[test]
fn what_is_dropped_is_gone_with_its_children_and_its_directory() {
    let (process, told) = stay();
    assert!(told.all_are_there());
    drop(process);
    assert!(told.all_are_gone(), "{:?}", told.ids);
}

/// Not tests of their own: run by the others, in processes that come to a bad end.
#[test]
#[ignore = "run by what_a_killed_test_started_is_gone"]
fn is_aborted_while_a_program_runs() {
    let (process, told) = stay();
    println!("directory={}\nid={}\nid={}", told.directory.display(), told.ids[0], told.ids[1]);
    assert!(process.ended().is_none());
    std::process::abort();
}

#[test]
#[ignore = "run by a_test_that_panics_shows_the_log"]
fn panics_while_a_program_runs() {
    let (_process, told) = stay();
    panic!("directory={}\nid={}\nid={}", told.directory.display(), told.ids[0], told.ids[1]);
}

fn run(test: &str) -> Output {
    let this = std::env::current_exe().expect("a program");
    Command::new(this).args(["--exact", test, "--include-ignored", "--nocapture"]).output().expect("it can be run")
}

#[test]
fn what_a_killed_test_started_is_gone() {
    let output = run("is_aborted_while_a_program_runs");
    assert_eq!(output.status.code(), None, "it was ended by a signal");
    let told = Told::read(&String::from_utf8_lossy(&output.stdout)).expect("it told what it started");
    eventually("its end", || told.all_are_gone().then_some(()));
}

#[test]
fn a_test_that_panics_shows_the_log() {
    let output = run("panics_while_a_program_runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("the end of the log of the one that stays"), "{errors}");
    assert!(errors.contains("told on the other output"), "{errors}");
    let told = Told::read(errors.split("--- the end").next().expect("a message")).expect("it told what it started");
    assert!(told.all_are_gone());
}

#[test]
fn one_that_ends_by_itself_says_how() {
    let process = Launch::new("the one that ends", "sh").args(["-c", "echo last words; exit 7"]).start();
    assert_eq!(process.wait(LONG).code(), Some(7));
    assert_eq!(process.log().output(), "last words");
    let error = process.until(LONG, |_| None::<()>).expect_err("it never comes");
    assert!(error.contains("the one that ends ended") && error.contains("last words"), "{error}");
    assert_eq!(process.until(LONG, |log| log.text().contains("words").then_some(())), Ok(()));
}

#[test]
fn a_program_has_its_arguments_its_environment_and_its_directory() {
    let launch = Launch::new("the one that tells", "sh").env("WORD", "a b");
    let directory = launch.directory().canonicalize().expect("it is there");
    let process = launch.args(["-c", "echo \"$WORD|$1|$(pwd -P)\"", "sh", "c  d"]).start();
    assert!(process.wait(LONG).success());
    assert_eq!(process.log().output(), format!("a b|c  d|{}", directory.display()));
    assert!(Path::new(process.directory()).is_dir());
}

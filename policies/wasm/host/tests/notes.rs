//! What a module logs, and what is noted of its faults. By itself: the notes are one list for the whole process.

#[path = "modules/parts.rs"]
#[allow(dead_code, reason = "not every test needs every part")]
mod parts;
#[path = "modules/written.rs"]
#[allow(dead_code, reason = "not every test needs every part")]
mod written;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{BalancePolicy, Builder, Endpoint};
use pool_wasm::{BALANCE, Note, Told, take_notes};

use parts::{ENGINES, balance, picks, with};
use written::Folder;

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    drop(take_notes());
    alone
}

fn logging(body: &str) -> String {
    with(&[
        ("import", r#"(import "clearpool" "log" (func $log (param i32 i32)))"#),
        ("rest", &format!(r#"(func (export "clearpool_pick") (param i32 i32) (result i64) {body})"#)),
    ])
}

fn pick(policy: &mut dyn BalancePolicy, after: Duration) -> Option<&'static str> {
    let mut paper = Paper::new();
    paper.endpoint(Endpoint::new("a:1"));
    paper.advance(after);
    let decision = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
    decision.choice.map(|_| decision.reason.as_str())
}

fn told() -> Vec<Told> {
    take_notes().into_iter().map(|note: Note| note.what).collect()
}

#[test]
fn a_line_is_noted_with_the_pool_s_time() {
    let _alone = alone();
    for engine in ENGINES {
        let mut policy = balance(&logging("(call $log (i32.const 8) (i32.const 5)) (i64.const 0)"), engine);
        assert_eq!(pick(&mut *policy, Duration::from_secs(3)), Some("first"));
        let notes = take_notes();
        assert_eq!(notes[0].what, Told::Logged("first".into()));
        let shown = notes[0].to_string();
        assert!(shown.starts_with("balance policy of ") && shown.ends_with("mine.wasm at 3s: first"), "{shown}");
    }
}

const A_MILLION: &str = "(local $left i32) (local.set $left (i32.const 1000000))
    (loop $on
      (call $log (i32.const 8) (i32.const 5))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $on (local.get $left)))
    (i64.const 0)";

#[test]
fn a_million_lines_cost_their_fuel_and_are_cut_off() {
    let _alone = alone();
    for engine in ENGINES {
        let mut policy = balance(&logging(A_MILLION), engine);
        assert_eq!(pick(&mut *policy, Duration::ZERO), None, "the fuel does not last");
        let notes = told();
        let lines = notes.iter().filter(|it| matches!(it, Told::Logged(_))).count();
        let cut: u64 = notes.iter().map(|it| if let Told::Cut(lines) = it { *lines } else { 0 }).sum();
        assert_eq!(lines, 8);
        assert!((100..200).contains(&cut), "500 of fuel a line, of 100000: {cut}");
        assert!(notes.contains(&Told::Faulted("it used up its fuel".into())), "{notes:?}");
    }
}

#[test]
fn a_million_lines_that_are_paid_for_are_cut_off_all_the_same() {
    let _alone = alone();
    let folder = Folder::new();
    let file = folder.module("mine.wasm", &logging(A_MILLION));
    for engine in ENGINES {
        let Builder::Balance(build) = BALANCE.builder else { unreachable!("it balances") };
        let options = serde_json::json!({ "file": file, "fuel": 1_000_000_000, "engine": engine });
        let mut policy = build(options).expect("a good module");
        assert_eq!(pick(&mut *policy, Duration::ZERO), Some("first"));
        let notes = told();
        assert_eq!(notes.iter().filter(|it| matches!(it, Told::Logged(_))).count(), 8);
        assert_eq!(notes.last(), Some(&Told::Cut(999_992)));
    }
}

#[test]
fn a_line_outside_of_the_memory_is_a_trap_and_a_long_one_is_cut() {
    let _alone = alone();
    for engine in ENGINES {
        let outside = logging("(call $log (i32.const -4) (i32.const 8)) (i64.const 0)");
        assert_eq!(pick(&mut *balance(&outside, engine), Duration::ZERO), None);
        let notes = told();
        let said = "it trapped: clearpool.log: the line lies outside of the memory";
        assert_eq!(notes, [Told::Faulted(said.into())], "{engine}");
        let long = logging("(call $log (i32.const 0) (i32.const 100000)) (i64.const 0)");
        assert_eq!(pick(&mut *balance(&long, engine), Duration::ZERO), Some("first"));
        assert!(matches!(told().as_slice(), [Told::Logged(line)] if line.len() == 256));
    }
}

#[test]
fn faults_and_the_end_of_it_are_noted() {
    let _alone = alone();
    for engine in ENGINES {
        let mut policy = balance(&picks("(i64.const 7)"), engine);
        for _ in 0..9 {
            pick(&mut *policy, Duration::ZERO);
        }
        let fault = Told::Faulted("a bad answer: it chose number 7, and was shown 1, from 0".into());
        assert_eq!(told(), [fault.clone(), fault.clone(), fault, Told::Disabled(3)]);
    }
}

#[test]
fn only_the_newest_notes_are_kept() {
    let _alone = alone();
    let mut policy = balance(&logging("(call $log (i32.const 8) (i32.const 5)) (i64.const 0)"), "wasmi");
    for second in 0..1000 {
        pick(&mut *policy, Duration::from_secs(second));
    }
    let notes = take_notes();
    assert_eq!(notes.len(), 256);
    assert!(notes[255].to_string().contains("at 999s"), "{}", notes[255]);
    assert_eq!(take_notes(), []);
}

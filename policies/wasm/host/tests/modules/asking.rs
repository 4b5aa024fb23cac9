//! A balance policy that errs as it is asked: no choice, so that the machine overrules it, and after some faults in a
//! row it is asked no more.

use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{BalancePolicy, Decision, Endpoint, EndpointId, Membership, Outcome};

use crate::parts::{ENGINES, LOOP, balance, has, picks, with};

/// Three endpoints, of which the second is full.
fn paper() -> (Paper, Vec<EndpointId>) {
    let mut paper = Paper::new();
    let ids: Vec<_> = ["a:1", "b:1", "c:1"].into_iter().map(|at| paper.endpoint(Endpoint::new(at))).collect();
    paper.set_full(ids[1], true);
    (paper, ids)
}

fn pick(policy: &mut dyn BalancePolicy, paper: &mut Paper) -> Decision<EndpointId> {
    paper.with_cx(Some(7), |paper, cx| policy.pick(&paper.endpoints_view(), cx))
}

fn served(policy: &mut dyn BalancePolicy, paper: &mut Paper, id: EndpointId) {
    paper.with_cx(None, |paper, cx| policy.served(id, &paper.endpoints_view(), cx));
}

/// It is wrong three times, and then not asked any more.
fn errs(text: &str) {
    for engine in ENGINES {
        let (mut paper, ids) = paper();
        let mut policy = balance(text, engine);
        for _ in 0..3 {
            let decision = pick(&mut *policy, &mut paper);
            assert_eq!((decision.choice, decision.reason.as_str()), (None, "wasm-fault"), "{engine}: {text}");
        }
        let decision = pick(&mut *policy, &mut paper);
        assert_eq!((decision.choice, decision.reason.as_str()), (Some(ids[0]), "wasm-disabled"), "{engine}: {text}");
    }
}

#[test]
fn an_endless_loop() {
    errs(&picks(LOOP));
}

#[test]
fn a_loop_that_does_much_at_each_turn() {
    errs(&picks("(loop $on (memory.fill (i32.const 0) (i32.const 0) (i32.const 131072)) (br $on)) (unreachable)"));
}

#[test]
fn a_trap() {
    errs(&picks("(unreachable)"));
    errs(&picks("(i64.load (i32.const -1))"));
    errs(&picks("(i64.extend_i32_u (i32.div_u (i32.const 1) (i32.const 0)))"));
}

#[test]
fn recursion_without_end() {
    errs(&with(&[(
        "rest",
        r#"(func $deep (export "clearpool_pick") (param i32 i32) (result i64)
             (i64.add (call $deep (local.get 0) (local.get 1)) (i64.const 1)))"#,
    )]));
}

#[test]
fn an_answer_out_of_range() {
    errs(&picks("(i64.const 3)"));
    errs(&picks("(i64.const 0xffffffff)"));
}

#[test]
fn a_negative_answer() {
    errs(&picks("(i64.const -2)"));
    errs(&picks("(i64.const 0x8000000000000000)"));
}

#[test]
fn no_choice_where_there_is_one() {
    errs(&picks("(i64.const -1)"));
}

#[test]
fn one_that_cannot_serve() {
    errs(&picks("(i64.const 1)"));
}

#[test]
fn a_reason_that_was_not_declared() {
    errs(&picks("(i64.const 0x200000000)"));
    errs(&picks("(i64.const 0x7fffffff00000000)"));
}

#[test]
fn no_room_for_a_message() {
    for at in ["0", "1028", "-8", "131064", "2147483640"] {
        errs(&with(&[
            ("init", ""),
            ("buffer", &format!(r#"(func (export "clearpool_buffer") (param i32) (result i32) (i32.const {at}))"#)),
        ]));
    }
    errs(&with(&[
        ("init", ""),
        ("buffer", r#"(func (export "clearpool_buffer") (param i32) (result i32) (unreachable))"#),
    ]));
}

#[test]
fn memory_does_not_grow_beyond_its_limit() {
    // 4 MiB are 64 pages, of which it has 2: it asks for many, for 63, and for 62.
    let body = r#"
      (if (i32.ne (memory.grow (i32.const 60000)) (i32.const -1)) (then (unreachable)))
      (if (i32.ne (memory.grow (i32.const 63)) (i32.const -1)) (then (unreachable)))
      (if (i32.ne (memory.grow (i32.const 62)) (i32.const 2)) (then (unreachable)))
      (i64.const 2)"#;
    for engine in ENGINES {
        let (mut paper, ids) = paper();
        assert_eq!(pick(&mut *balance(&picks(body), engine), &mut paper).choice, Some(ids[2]), "{engine}");
    }
}

#[test]
fn a_good_answer_after_a_bad_one_is_taken_and_begins_the_count_anew() {
    // Two of three answers are bad.
    let text = with(&[(
        "rest",
        r#"(global $asked (mut i32) (i32.const 0))
           (func (export "clearpool_pick") (param i32 i32) (result i64)
             (global.set $asked (i32.add (global.get $asked) (i32.const 1)))
             (select (i64.const 0x100000002) (i64.const 99)
               (i32.eqz (i32.rem_u (global.get $asked) (i32.const 3)))))"#,
    )]);
    for engine in ENGINES {
        let (mut paper, ids) = paper();
        let mut policy = balance(&text, engine);
        for _ in 0..10 {
            assert_eq!(pick(&mut *policy, &mut paper).choice, None);
            assert_eq!(pick(&mut *policy, &mut paper).choice, None);
            let good = pick(&mut *policy, &mut paper);
            assert_eq!((good.choice, good.reason.as_str()), (Some(ids[2]), "second"));
        }
    }
}

#[test]
fn a_fault_over_news_is_told_by_the_next_pick() {
    for (name, news) in [
        (
            "served",
            (|policy, paper, id| served(policy, paper, id)) as fn(&mut dyn BalancePolicy, &mut Paper, EndpointId),
        ),
        ("feedback", |policy, paper, id| {
            paper.with_cx(None, |_, cx| policy.feedback(id, Outcome::Ok, Duration::from_millis(1), cx));
        }),
        ("membership", |policy, _, id| policy.membership(Membership::Left(id))),
    ] {
        for engine in ENGINES {
            let (mut paper, ids) = paper();
            let mut policy = balance(&has(&[("pick", "(i64.const 0)"), (name, "(unreachable)")]), engine);
            assert_eq!(policy.wants_feedback(), name == "feedback");
            for _ in 0..3 {
                assert_eq!(pick(&mut *policy, &mut paper).reason.as_str(), "first");
                news(&mut *policy, &mut paper, ids[0]);
                assert_eq!(pick(&mut *policy, &mut paper).reason.as_str(), "wasm-fault");
            }
        }
    }
}

#[test]
fn faults_over_news_disable_it_too() {
    for engine in ENGINES {
        let (mut paper, ids) = paper();
        let mut policy = balance(&has(&[("pick", "(i64.const 0)"), ("served", "(unreachable)")]), engine);
        let mut faults = 0;
        while pick(&mut *policy, &mut paper).reason.as_str() != "wasm-disabled" {
            faults += 1;
            assert!(faults <= 3, "three in a row are the most");
            served(&mut *policy, &mut paper, ids[0]);
        }
    }
}

#[test]
fn the_safe_default_is_the_least_loaded() {
    for engine in ENGINES {
        let (mut paper, ids) = paper();
        let mut policy = balance(&picks("(unreachable)"), engine);
        for _ in 0..3 {
            pick(&mut *policy, &mut paper);
        }
        let conn = paper.idle(ids[0], paper.now());
        paper.lease(conn);
        assert_eq!(pick(&mut *policy, &mut paper).choice, Some(ids[2]));
    }
}

#[test]
fn what_is_shown_is_what_there_is() {
    // The place of the endpoint whose weight is its key.
    let body = r#"
      (local $place i32)
      (loop $look
        (if (i64.eq (i64.load offset=8 (local.get 0))
                    (i64.load32_u offset=40
                      (i32.add (local.get 0) (i32.mul (local.get $place) (i32.const 40)))))
          (then (return (i64.extend_i32_u (local.get $place)))))
        (local.set $place (i32.add (local.get $place) (i32.const 1)))
        (br_if $look (i32.lt_u (local.get $place) (local.get 1))))
      (i64.const -1)"#;
    for engine in ENGINES {
        let mut paper = Paper::new();
        let ids: Vec<_> =
            (1..=500).map(|weight| paper.endpoint(Endpoint::new(format!("{weight}:1")).weight(weight))).collect();
        let mut policy = balance(&picks(body), engine);
        for key in [1_u64, 7, 250, 499, 500] {
            let decision = paper.with_cx(Some(key), |paper, cx| policy.pick(&paper.endpoints_view(), cx));
            assert_eq!(decision.choice, Some(ids[key as usize - 1]), "{engine}");
        }
    }
}

//! Modules of the other roles that err: the safe default of each.

use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{Decision, Endpoint, EntryId, ExpiryRule, Moments, Outcome, Settle, Time};

use crate::parts::{ENGINES, LOOP, acquire, evict, has, release};

/// Two idle connections of one endpoint, the first released first.
fn paper() -> (Paper, [EntryId; 2]) {
    let mut paper = Paper::new();
    let a = paper.endpoint(Endpoint::new("a:1"));
    paper.advance(Duration::from_secs(1));
    let conns = [0, 1].map(|_| paper.idle(a, paper.now()));
    (paper, conns)
}

fn choice<T: Copy>(decision: Decision<T>) -> (Option<T>, &'static str) {
    (decision.choice, decision.reason.as_str())
}

#[test]
fn a_bad_choice_is_the_newest_in_the_end() {
    for wrong in ["(unreachable)", LOOP, "(i64.const 2)", "(i64.const -1)", "(i64.const 0x200000000)"] {
        for engine in ENGINES {
            let (mut paper, conns) = paper();
            let a = paper.conn_view(conns[0]).endpoint();
            let mut policy = acquire(&has(&[("choose", wrong)]), engine);
            let mut chosen = || choice(paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(a), cx)));
            (0..3).for_each(|_| assert_eq!(chosen(), (None, "wasm-fault"), "{wrong}"));
            assert_eq!(chosen(), (Some(conns[1]), "wasm-disabled"));
        }
    }
}

#[test]
fn the_newest_is_shown_first_to_choose_and_last_to_evict() {
    for engine in ENGINES {
        let (mut paper, conns) = paper();
        let a = paper.conn_view(conns[0]).endpoint();
        let mut first = acquire(&has(&[("choose", "(i64.const 0x100000000)")]), engine);
        let chosen = paper.with_cx(None, |paper, cx| first.choose(&paper.idle_view(a), cx));
        assert_eq!(choice(chosen), (Some(conns[1]), "second"));
        let mut first = evict(&has(&[("victim", "(i64.const 0)")]), engine);
        let victim = paper.with_cx(None, |paper, cx| first.victim(&paper.pool_view(), cx));
        assert_eq!(victim.map(choice), Some((Some(conns[0]), "first")));
    }
}

#[test]
fn what_is_settled_badly_is_kept() {
    for wrong in ["(unreachable)", LOOP, "(i64.const 3)", "(i64.const -1)", "(i64.const 0x200000000)"] {
        for engine in ENGINES {
            let (mut paper, conns) = paper();
            paper.lease(conns[0]);
            let mut policy = release(&has(&[("settle", wrong)]), engine);
            let mut settled =
                || choice(paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conns[0], Outcome::Ok), cx)));
            (0..3).for_each(|_| assert_eq!(settled(), (Some(Settle::Keep), "wasm-fault"), "{wrong}"));
            assert_eq!(settled(), (Some(Settle::Keep), "wasm-disabled"));
        }
    }
}

#[test]
fn a_lease_is_shown_with_its_outcome() {
    // Settles as the number of the outcome says, which lies at 96: 0 kept, 1 reset, 2 closed.
    for engine in ENGINES {
        let (mut paper, conns) = paper();
        paper.lease(conns[0]);
        paper.advance(Duration::from_secs(1));
        let text = has(&[("settle", "(i64.load32_u offset=96 (local.get 0))")]);
        let mut policy = release(&text, engine);
        for (outcome, settle) in
            [(Outcome::Ok, Settle::Keep), (Outcome::Failed, Settle::Reset), (Outcome::Broken, Settle::Close)]
        {
            let settled = paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conns[0], outcome), cx));
            assert_eq!(choice(settled), (Some(settle), "first"), "{engine}");
        }
    }
}

/// Stores a deadline where the message began, and answers so.
fn expires(deadline: u64, answer: &str) -> String {
    has(&[("expires", &format!("(i64.store (local.get 0) (i64.const {deadline})) (i64.const {answer})"))])
}

#[test]
fn a_deadline_has_its_moments_and_its_reason() {
    for engine in ENGINES {
        let (mut paper, conns) = paper();
        let policy = evict(&expires(5_000, "0x100000105"), engine);
        assert_eq!(policy.rule(), ExpiryRule::Ask);
        let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conns[0]), cx));
        let expiry = expiry.expect("it has one");
        assert_eq!((expiry.at, expiry.reason.as_str(), expiry.floor), (Time::from_nanos(5_000), "second", true));
        assert_eq!((expiry.moments, expiry.replace), (Moments::ACQUIRE | Moments::BACKGROUND, false));
    }
}

#[test]
fn another_is_dialed_in_its_place_if_the_module_says_so() {
    for (answer, replace) in [("0x4", false), ("0x204", true), ("0x304", true)] {
        for engine in ENGINES {
            let (mut paper, conns) = paper();
            let policy = evict(&expires(5_000, answer), engine);
            let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conns[0]), cx));
            assert_eq!(expiry.map(|expiry| expiry.replace), Some(replace), "{answer} with {engine}");
        }
    }
}

#[test]
fn a_bad_deadline_is_none() {
    for wrong in ["0", "0x100", "16", "0x400", "0x200000007", "-2"] {
        for engine in ENGINES {
            let (mut paper, conns) = paper();
            let policy = evict(&expires(5_000, wrong), engine);
            for _ in 0..5 {
                let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conns[0]), cx));
                assert_eq!(expiry, None, "{wrong} with {engine}");
            }
        }
    }
}

#[test]
fn one_that_names_victims_only_is_not_asked_for_deadlines() {
    for engine in ENGINES {
        assert_eq!(evict(&has(&[("victim", "(i64.const 0)")]), engine).rule(), ExpiryRule::Never);
    }
}

#[test]
fn no_victim_is_an_answer_and_a_bad_one_is_overruled() {
    for (body, said) in [("(i64.const -1)", None), ("(i64.const 2)", Some((None, "wasm-fault")))] {
        for engine in ENGINES {
            let (mut paper, _) = paper();
            let mut policy = evict(&has(&[("victim", body)]), engine);
            let victim = paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx));
            assert_eq!(victim.map(choice), said, "{engine}");
        }
    }
}

#[test]
fn thousands_of_idle_connections_are_shown_in_part() {
    // The last of those that it is shown.
    let text = has(&[("choose", "(i64.extend_i32_u (i32.sub (local.get 1) (i32.const 1)))")]);
    for engine in ENGINES {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conns: Vec<_> = (0..3000).map(|_| paper.idle(a, paper.now())).collect();
        let mut policy = acquire(&text, engine);
        let chosen = paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(a), cx));
        assert_eq!(choice(chosen), (Some(conns[3000 - 1024]), "first"));
    }
}

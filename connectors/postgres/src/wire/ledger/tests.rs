use super::*;

/// A ledger after a login.
fn logged_in() -> Ledger {
    let ledger = Ledger::new();
    ledger.sent(Some(b"\0\0\0\x09\0\x03\0\0\0"));
    ledger.sent(Some(&message(b'p', b"secret\0")));
    ledger.received(Some(&message(b'R', &[0; 4])));
    ledger.received(Some(&message(b'K', &[0, 0, 1, 2, 9, 9, 9, 9])));
    ready(&ledger, b'I');
    assert_eq!((ledger.state(), ledger.backend(), ledger.is_used()), (State::Idle, 258, false));
    ledger
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short body").to_be_bytes();
    [&[kind], &length[..], body].concat()
}

fn send(ledger: &Ledger, kinds: &str) {
    for kind in kinds.bytes() {
        ledger.sent(Some(&message(kind, b"")));
    }
}

fn ask(ledger: &Ledger, query: &str) {
    ledger.sent(Some(&message(b'Q', format!("{query}\0").as_bytes())));
}

/// The server is done with a request, and everything was read.
fn ready(ledger: &Ledger, status: u8) {
    ledger.received(Some(&message(b'Z', &[status])));
    ledger.received(None);
}

#[test]
fn a_request_is_open_until_its_answer_is_complete() {
    let ledger = logged_in();
    send(&ledger, "BES");
    assert_eq!(ledger.state(), State::Busy);
    for part in [message(b'2', b""), message(b'T', b"a description"), message(b'D', b"a row")] {
        ledger.received(Some(&part));
        ledger.received(None);
        assert!(ledger.is_asked() && ledger.state() == State::Busy);
    }
    ledger.received(Some(&message(b'C', b"SELECT 1\0")));
    ledger.received(None);
    assert_eq!((ledger.state(), ledger.is_asked()), (State::Settling, false));
    ready(&ledger, b'I');
    assert_eq!((ledger.state(), ledger.is_used()), (State::Idle, true));
    ledger.forget_use();
    assert!(!ledger.is_used());
}

#[test]
fn an_error_is_an_answer_whose_end_is_to_come() {
    for kinds in ["PDS", "BES", "Q", "F"] {
        let ledger = logged_in();
        send(&ledger, kinds);
        assert_eq!(ledger.state(), State::Busy);
        ledger.received(Some(&message(b'E', b"")));
        ledger.received(None);
        assert_eq!(ledger.state(), State::Settling, "{kinds}");
        send(&ledger, "BES");
        assert_eq!(ledger.state(), State::Busy, "{kinds}");
    }
}

#[test]
fn a_statement_is_prepared_when_it_is_described() {
    for last in [b'T', b'n'] {
        let ledger = logged_in();
        send(&ledger, "PDS");
        ledger.received(Some(&message(b'1', b"")));
        ledger.received(None);
        assert_eq!(ledger.state(), State::Busy);
        ledger.received(Some(&message(last, b"")));
        ledger.received(None);
        assert_eq!(ledger.state(), State::Settling);
    }
}

#[test]
fn one_command_of_a_simple_query_is_not_its_end() {
    let ledger = logged_in();
    ask(&ledger, "select 1; select pg_sleep(60)");
    ledger.received(Some(&message(b'C', b"SELECT 1\0")));
    ledger.received(None);
    assert_eq!(ledger.state(), State::Busy);
}

#[test]
fn of_several_requests_each_has_its_answer() {
    let ledger = logged_in();
    send(&ledger, "PDSBES");
    ask(&ledger, "select 1");
    for _ in 0..2 {
        ready(&ledger, b'I');
        assert_eq!(ledger.state(), State::Busy);
    }
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn what_is_sent_and_not_concluded_is_open_as_well() {
    let ledger = logged_in();
    send(&ledger, "PDH");
    assert_eq!(ledger.state(), State::Busy);
}

#[test]
fn tidying_up_keeps_nobody_waiting() {
    let ledger = logged_in();
    send(&ledger, "CSCSS");
    assert_eq!((ledger.state(), ledger.is_used()), (State::Idle, false));
    ready(&ledger, b'I');
    send(&ledger, "CBES");
    assert_eq!(ledger.state(), State::Busy, "there is work with it");
}

#[test]
fn a_transaction_is_open_or_failed_until_it_has_ended() {
    let ledger = logged_in();
    for status in [b'T', b'E'] {
        ask(&ledger, "begin");
        ready(&ledger, status);
        assert_eq!(ledger.state(), State::InTransaction);
        ask(&ledger, "ROLLBACK");
        assert_eq!(ledger.state(), State::Settling);
        ready(&ledger, b'I');
        assert_eq!(ledger.state(), State::Idle);
    }
}

#[test]
fn a_rollback_behind_something_else_is_not_all_that_is_awaited() {
    let ledger = logged_in();
    ask(&ledger, "select pg_sleep(60)");
    ask(&ledger, "ROLLBACK");
    assert_eq!(ledger.state(), State::Busy);
    ready(&ledger, b'E');
    assert_eq!(ledger.state(), State::Settling);
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn a_savepoint_s_rollback_is_one_too_and_leaves_its_transaction_open() {
    let ledger = logged_in();
    ask(&ledger, "ROLLBACK TO sp_1");
    assert_eq!(ledger.state(), State::Settling);
    ready(&ledger, b'T');
    assert_eq!(ledger.state(), State::InTransaction);
}

#[test]
fn a_copy_in_swallows_the_sync_of_its_request() {
    let ledger = logged_in();
    send(&ledger, "BES");
    ledger.received(Some(&message(b'G', b"\0\0\0")));
    ledger.received(None);
    assert_eq!(ledger.state(), State::Busy, "it goes on");
    send(&ledger, "ddcS");
    assert_eq!(ledger.state(), State::Busy);
    ledger.received(Some(&message(b'C', b"COPY 2\0")));
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn a_copy_in_that_is_given_up_before_it_begins_is_counted_rightly() {
    let ledger = logged_in();
    send(&ledger, "BESfS");
    ledger.received(Some(&message(b'G', b"\0\0\0")));
    ledger.received(Some(&message(b'E', b"")));
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn a_copy_in_that_is_refused_is_answered_twice() {
    let ledger = logged_in();
    send(&ledger, "BESfS");
    ledger.received(Some(&message(b'E', b"")));
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Busy, "once more, for the copy's own Sync");
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn a_copy_in_that_fails_ends_with_the_client_s_sync() {
    for sync_first in [false, true] {
        let ledger = logged_in();
        send(&ledger, "BES");
        ledger.received(Some(&message(b'G', b"\0\0\0")));
        send(&ledger, if sync_first { "dcS" } else { "d" });
        ledger.received(Some(&message(b'E', b"")));
        ledger.received(None);
        if !sync_first {
            assert_eq!(ledger.state(), State::Busy, "the server waits");
            send(&ledger, "dcS");
        }
        assert_eq!(ledger.state(), State::Settling);
        ready(&ledger, b'I');
        assert_eq!(ledger.state(), State::Idle);
    }
}

#[test]
fn a_copy_of_a_simple_query_has_no_sync_of_its_own() {
    let ledger = logged_in();
    ask(&ledger, "copy t from stdin");
    ledger.received(Some(&message(b'G', b"\0\0\0")));
    send(&ledger, "dc");
    assert_eq!(ledger.state(), State::Busy);
    ledger.received(Some(&message(b'C', b"COPY 1\0")));
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Busy, "the copy's end was sent, and no Sync behind it: nobody should do that");
}

#[test]
fn what_the_socket_does_not_take_is_not_sent() {
    let ledger = logged_in();
    ledger.sent(None);
    assert_eq!(ledger.state(), State::Busy);
    send(&ledger, "CS");
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn an_answer_that_is_not_taken_keeps_the_connection_busy() {
    let ledger = logged_in();
    send(&ledger, "BES");
    ledger.received(Some(&message(b'Z', b"I")));
    assert_eq!(ledger.state(), State::Busy, "all has come, and the reader has not come back for more");
    ledger.received(None);
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn an_answer_to_nothing_makes_the_connection_unfit_for_ever() {
    let ledger = logged_in();
    ready(&ledger, b'I');
    assert!(ledger.is_asked());
    ask(&ledger, "select 1");
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Busy);
}

#[test]
fn what_was_given_up_is_unfit_though_its_answer_comes() {
    let ledger = logged_in();
    ask(&ledger, "select 1");
    ledger.give_up();
    ready(&ledger, b'I');
    assert_eq!(ledger.state(), State::Busy);
}

#[test]
fn what_comes_unasked_means_nothing() {
    let ledger = logged_in();
    for kind in [b'N', b'A', b'S'] {
        ledger.received(Some(&message(kind, b"something")));
    }
    ledger.received(None);
    assert_eq!(ledger.state(), State::Idle);
}

#[test]
fn it_is_noted_when_all_statements_are_thrown_away() {
    for (tag, thrown) in
        [("DISCARD ALL", true), ("DEALLOCATE ALL", true), ("DEALLOCATE", false), ("DISCARD TEMP", false)]
    {
        let ledger = logged_in();
        ask(&ledger, "something");
        ledger.received(Some(&message(b'C', format!("{tag}\0").as_bytes())));
        ready(&ledger, b'I');
        assert_eq!(ledger.is_deallocated(), thrown, "{tag}");
    }
}

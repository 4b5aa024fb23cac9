//! Operations that are run on connections, and repeated.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use pool_core::{CloseReason, Outcome, State};
use pool_tokio::{AcquireError, AcquireOptions, Attempt, ExecuteError, Fault, Retry};

use crate::script::{Conn, Dial, Scripted, Step, TestPool, builder, count, ms, options, pool, settle};

/// What an operation fails with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Oops(Fault);

impl Oops {
    fn fault(&self) -> Fault {
        self.0
    }
}

impl fmt::Display for Oops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operation failed")
    }
}

impl std::error::Error for Oops {}

/// A pool with so many connections in it that have served once. Their ids count from 1.
async fn filled(connector: &Scripted, max_open: u32, idle: usize) -> TestPool {
    let pool = pool(connector, max_open);
    let mut leases = Vec::new();
    for _ in 0..idle {
        leases.push(pool.acquire().await.expect("dialed"));
    }
    // The last that comes back is the newest, and is taken first.
    leases.sort_by_key(|lease| lease.id);
    leases.into_iter().for_each(drop);
    pool
}

/// The ids of the connections that an operation was run on, from 1, and whether each was reused.
#[derive(Default)]
struct Seen(Mutex<Vec<(u32, bool)>>);

impl Seen {
    fn note(&self, conn: &Attempt<Scripted>) {
        self.0.lock().expect("no panic").push((conn.id + 1, conn.is_reused()));
    }

    fn ids(&self) -> Vec<u32> {
        self.0.lock().expect("no panic").iter().map(|(id, _)| *id).collect()
    }

    fn tries(&self) -> Vec<(u32, bool)> {
        self.0.lock().expect("no panic").clone()
    }
}

#[tokio::test(start_paused = true)]
async fn of_five_bad_ones_database_sql_closes_two_dials_a_sixth_and_leaves_three() {
    let connector = Scripted::new();
    let pool = filled(&connector, 10, 5).await;
    let seen = &Seen::default();
    let id = pool
        .retrying(Retry::database_sql(), Oops::fault)
        .execute(|conn| async move {
            seen.note(&conn);
            if conn.id < 5 { Err(Oops(Fault::UNSENT)) } else { Ok(conn.id + 1) }
        })
        .await
        .expect("the sixth is good");
    settle().await;
    assert_eq!((id, seen.ids()), (6, vec![5, 4, 6]));
    assert_eq!(connector.script().closed, [CloseReason::BROKEN; 2]);
    assert_eq!((connector.dials(), count(&pool, State::Idle)), (6, 4), "three of the five are left, and the sixth");
    let counters = pool.snapshot().counters();
    assert_eq!((counters.acquired, counters.ended_as(Outcome::Broken)), (5 + 3, 2), "each try is a lease");
}

#[tokio::test(start_paused = true)]
async fn at_the_limit_the_forced_one_queues_and_takes_what_comes_back() {
    let connector = Scripted::new();
    let pool = filled(&connector, 3, 3).await;
    let other = pool.acquire().await.expect("idle");
    let (seen, tries) = (&Seen::default(), AtomicU32::new(0));
    let run = pool.retrying(Retry::database_sql(), Oops::fault).execute(|conn| {
        seen.note(&conn);
        let tried = tries.fetch_add(1, SeqCst) + 1;
        async move { if tried < 3 { Err(Oops(Fault::UNSENT)) } else { Ok(conn.id + 1) } }
    });
    // Dials hang: the places that two bad ones leave are taken by dials that come to nothing.
    connector.script().dial = Dial::Never;
    let run = async {
        let come_back = async {
            tokio::time::sleep(ms(50)).await;
            drop(other);
        };
        tokio::join!(run, come_back).0
    };
    assert_eq!(run.await.expect("served"), 3);
    assert_eq!(seen.tries(), [(2, true), (1, true), (3, true)]);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_acquire_leaves_what_is_idle_to_others_and_makes_room_where_there_is_none() {
    let connector = Scripted::new();
    let pool = filled(&connector, 2, 1).await;
    connector.script().dial = Dial::After(ms(100));
    let fresh = |pool: &TestPool| {
        let pool = pool.clone();
        tokio::spawn(
            async move { pool.acquire_with(AcquireOptions::new().fresh()).await.map(|lease| (lease.id, lease)) },
        )
    };
    let first = fresh(&pool);
    settle().await;
    let idle = pool.try_acquire().expect("what is idle serves others at once, though somebody waits");
    assert_eq!(idle.id, 0);
    let (id, lease) = first.await.expect("no panic").expect("dialed");
    assert_eq!((id, lease.is_reused()), (1, false));
    drop((idle, lease));

    // Two idle ones take up all places.
    let (id, lease) = fresh(&pool).await.expect("no panic").expect("dialed");
    assert_eq!((id, lease.uses()), (2, 1));
    assert_eq!(connector.script().closed, [CloseReason::MAKE_ROOM]);
}

#[tokio::test(start_paused = true)]
async fn net_http_repeats_on_reused_connections_and_never_after_a_fresh_one() {
    let connector = Scripted::new();
    let pool = filled(&connector, 10, 3).await;
    let seen = &Seen::default();
    let bad = |conn: Attempt<Scripted>| async move {
        seen.note(&conn);
        Err::<(), _>(Oops(Fault::UNSENT))
    };
    let error = pool.retrying(Retry::net_http(), Oops::fault).execute(bad).await.expect_err("all are bad");
    assert!(matches!(error, ExecuteError::Operation(Oops(Fault::UNSENT))), "{error:?}");
    assert_eq!(seen.tries(), [(3, true), (2, true), (1, true), (4, false)]);
}

#[tokio::test(start_paused = true)]
async fn net_http_repeats_what_was_written_only_if_it_is_idempotent_and_unanswered() {
    for (fault, idempotent, repeatable, tries) in [
        (Fault::UNSENT, false, true, 2),
        (Fault::UNSENT, true, false, 1),
        (Fault::UNANSWERED, false, true, 1),
        (Fault::UNANSWERED, true, true, 2),
        (Fault::BROKEN, true, true, 1),
        (Fault::Final, true, true, 1),
    ] {
        let connector = Scripted::new();
        let pool = filled(&connector, 10, 1).await;
        let seen = &Seen::default();
        let mut executor = pool.retrying(Retry::net_http(), Oops::fault);
        executor = if idempotent { executor.idempotent() } else { executor };
        executor = if repeatable { executor } else { executor.unrepeatable() };
        let fail = |conn| async move {
            seen.note(&conn);
            Err::<(), _>(Oops(fault))
        };
        executor.execute(fail).await.expect_err("each try fails");
        assert_eq!(seen.ids().len(), tries, "{fault:?}, idempotent: {idempotent}, repeatable: {repeatable}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_was_dialed_ahead_and_lay_idle_counts_as_reused() {
    let connector = Scripted::new();
    let pool = pool(&connector, 10);
    pool.warm(1).await.expect("dialed");
    let seen = &Seen::default();
    let id = pool
        .retrying(Retry::net_http(), Oops::fault)
        .execute(|conn| async move {
            seen.note(&conn);
            if conn.id == 0 { Err(Oops(Fault::UNSENT)) } else { Ok(conn.id) }
        })
        .await
        .expect("the second is good");
    assert_eq!((id, seen.tries()), (1, vec![(1, true), (2, false)]));
}

#[tokio::test(start_paused = true)]
async fn until_fresh_goes_through_all_that_were_in_the_pool() {
    let connector = Scripted::new();
    let pool = filled(&connector, 4, 4).await;
    let id = pool
        .retrying(Retry::until_fresh(), Oops::fault)
        .execute(|conn| async move { if conn.id < 4 { Err(Oops(Fault::UNSENT)) } else { Ok(conn.id) } })
        .await
        .expect("four bad ones, and the fifth try");
    assert_eq!((id, connector.dials()), (4, 5));
}

#[tokio::test(start_paused = true)]
async fn without_a_rule_it_is_run_once_and_what_fails_keeps_its_connection() {
    let connector = Scripted::new();
    let pool = filled(&connector, 2, 1).await;
    let fail = |_: Attempt<Scripted>| async { Err::<(), _>(Oops(Fault::UNSENT)) };
    pool.execute(fail).await.expect_err("once");
    assert_eq!((pool.snapshot().counters().ended_as(Outcome::Failed), count(&pool, State::Idle)), (1, 1));

    // The connector finds it closed: it goes.
    let cut_off = |conn: Attempt<Scripted>| async move {
        conn.dead.store(true, SeqCst);
        Err::<(), _>(Oops(Fault::UNSENT))
    };
    pool.execute(cut_off).await.expect_err("once");
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::BROKEN]);
}

#[tokio::test(start_paused = true)]
async fn what_the_operation_says_of_the_connection_comes_first() {
    let connector = Scripted::new();
    let pool = filled(&connector, 2, 1).await;
    let thrown_away = |mut conn: Attempt<Scripted>| async move {
        conn.outcome(Outcome::Discarded);
        Err::<(), _>(Oops(Fault::Final))
    };
    pool.retrying(Retry::never(), Oops::fault).execute(thrown_away).await.expect_err("once");
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::DISCARDED]);
    let id = pool.execute(|conn| async move { Ok::<_, Oops>(conn.id) }).await.expect("dialed");
    assert_eq!((id, count(&pool, State::Idle)), (1, 1), "what goes well keeps its connection");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_dropped_half_way_costs_its_connection() {
    let connector = Scripted::new();
    let pool = filled(&connector, 2, 1).await;
    let hang = |conn: Attempt<Scripted>| async move {
        let _conn = conn;
        std::future::pending::<Result<(), Oops>>().await
    };
    let run = pool.retrying(Retry::net_http(), Oops::fault).execute(hang);
    tokio::time::timeout(ms(10), run).await.expect_err("it hangs");
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::DISCARDED]);
    assert!(pool.leases().is_empty());

    // Dropped while it waits for a connection, it leaves the queue.
    connector.script().dial = Dial::Never;
    let run = pool.execute(|_| async { Ok::<_, Oops>(()) });
    tokio::time::timeout(ms(10), run).await.expect_err("no connection comes");
    assert!(pool.waiting().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_panics_costs_its_connection_and_is_not_repeated() {
    let connector = Scripted::new();
    let pool = filled(&connector, 2, 1).await;
    let tries = &AtomicU32::new(0);
    let panic = |_conn: Attempt<Scripted>| async move {
        tries.fetch_add(1, SeqCst);
        panic!("as the test wants it");
        #[expect(unreachable_code, reason = "it says what the answer would be")]
        Ok::<(), Oops>(())
    };
    let run = pool.retrying(Retry::net_http(), Oops::fault).execute(panic);
    let ended = caught(run).await;
    assert!(ended.is_err(), "the panic goes on to the caller");
    settle().await;
    assert_eq!((connector.script().closed.clone(), tries.load(SeqCst)), (vec![CloseReason::PANIC], 1));
}

/// The future's output, or its panic.
async fn caught<T>(run: impl Future<Output = T>) -> Result<T, ()> {
    let mut run = std::pin::pin!(run);
    std::future::poll_fn(|cx| match std::panic::catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(cx))) {
        Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
        Ok(std::task::Poll::Ready(done)) => std::task::Poll::Ready(Ok(done)),
        Err(_) => std::task::Poll::Ready(Err(())),
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_repetition_without_a_connection_tells_why_and_what_it_was_to_repeat() {
    let connector = Scripted::new();
    let pool = filled(&connector, 1, 1).await;
    connector.script().dial = Dial::Never;
    let fail = |_: Attempt<Scripted>| async { Err::<(), _>(Oops(Fault::UNSENT)) };
    let error = pool
        .retrying(Retry::database_sql(), Oops::fault)
        .options(AcquireOptions::new().timeout(ms(20)))
        .execute(fail)
        .await
        .expect_err("no second connection");
    assert!(matches!(error, ExecuteError::Acquire { error: AcquireError::Timeout { .. }, .. }), "{error:?}");
    assert_eq!(error.operation(), Some(&Oops(Fault::UNSENT)));
    assert!(error.to_string().ends_with("it was to repeat what had failed: the operation failed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_outlives_its_operation_goes_back_by_itself() {
    let connector = Scripted::new();
    let pool = filled(&connector, 2, 1).await;
    let kept = &Mutex::new(None);
    let keep = |conn| async move {
        *kept.lock().expect("no panic") = Some(conn);
        Ok::<_, Oops>(())
    };
    pool.execute(keep).await.expect("well");
    assert_eq!(count(&pool, State::Leased), 1);
    drop(kept.lock().expect("no panic").take());
    assert_eq!((count(&pool, State::Leased), count(&pool, State::Idle)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_share_is_lent_and_only_a_bad_connection_costs_the_others_theirs() {
    let connector = Scripted::new();
    connector.script().capacity = Some(4);
    let pool = builder(&connector, options(2)).build().expect("sound");
    let other = pool.acquire().await.expect("dialed");
    let hang = |conn: Attempt<Scripted>| async move {
        let _conn = conn;
        std::future::pending::<Result<(), Oops>>().await
    };
    tokio::time::timeout(ms(10), pool.execute(hang)).await.expect_err("it hangs");
    assert_eq!(pool.acquire().await.expect("a share").id, other.id, "one that is given up says nothing of the others");

    let bad =
        |conn: Attempt<Scripted>| async move { if conn.id == 0 { Err(Oops(Fault::UNSENT)) } else { Ok(conn.id) } };
    let id = pool.retrying(Retry::net_http(), Oops::fault).execute(bad).await.expect("another");
    assert_eq!(id, 1);
    drop(other);
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::BROKEN]);
}

/// A run on connections can be spawned, and may borrow what it needs.
#[tokio::test(start_paused = true)]
async fn what_is_run_may_borrow_and_be_spawned() {
    async fn length(conn: &mut Conn, text: &str) -> Result<usize, Oops> {
        tokio::task::yield_now().await;
        conn.dirty = true;
        Ok(text.len())
    }
    let connector = Scripted::new();
    connector.script().needs_reset = Step::Fail;
    let pool = pool(&connector, 2);
    let spawned = tokio::spawn(async move {
        let text = String::from("three");
        let text = text.as_str();
        let one = pool.execute(|mut conn| async move { length(&mut conn, text).await }).await;
        let two = pool.execute(async |mut conn| length(&mut conn, text).await).await;
        let retrying = pool.retrying(Retry::database_sql(), Oops::fault);
        let three = retrying.clone().execute(async |mut conn| length(&mut conn, text).await).await;
        let four = retrying.execute(async |mut conn| length(&mut conn, text).await).await;
        [one, two, three, four].map(|length| length.expect("well"))
    });
    assert_eq!(spawned.await.expect("no panic"), [5; 4]);
}

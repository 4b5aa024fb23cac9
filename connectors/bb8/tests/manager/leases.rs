//! What of the manager is called, and when.

use std::fmt;
use std::io;
use std::pin::Pin;

use bb8::{CustomizeConnection, ManageConnection};
use pool_connector_bb8::{Bb8Connector, Bb8Error};
use pool_core::{Connector, ErrorClass, Protocol, State};
use pool_tokio::{AcquireError, DialError};

use crate::script::{Conn, Scripted, Step, builder, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn a_connection_is_the_manager_s_own_and_is_lent_again() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    let lease = pool.acquire().await.expect("dialed");
    assert_eq!((lease.id, lease.endpoint().name()), (0, "manager"));
    drop(lease);
    let again = pool.acquire().await.expect("idle");
    assert_eq!((again.id, again.uses()), (0, 2));
    let taken: Conn = again.detach();
    settle().await;
    assert_eq!(pool.snapshot().open(), 0);
    assert_eq!(manager.alive(), 1);
    drop(taken);
}

#[tokio::test(start_paused = true)]
async fn is_valid_is_asked_where_the_options_say_so_and_not_else() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    for _ in 0..3 {
        drop(pool.acquire().await.expect("served"));
        settle().await;
    }
    assert_eq!(manager.script().checks, 0, "`upkeep.check_after_idle` is `never`");
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(0).into();
    let checked = builder(&manager, options).build().expect("sound");
    for _ in 0..3 {
        drop(checked.acquire().await.expect("served"));
        settle().await;
    }
    assert_eq!(manager.script().checks, 2, "a connection that was just dialed is not");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_broke_while_idle_is_not_lent() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    drop(pool.acquire().await.expect("dialed"));
    // Broken behind the pool's back.
    assert_eq!(
        pool.retain(|connection, _| {
            connection.broken = true;
            true
        }),
        0
    );
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    settle().await;
    assert_eq!(manager.alive(), 1);
}

#[tokio::test(start_paused = true)]
async fn t15_a_connection_that_comes_back_broken_is_closed_and_not_handed_on() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    let mut lease = pool.acquire().await.expect("dialed");
    let (waiter, ()) = tokio::join!(pool.acquire(), async {
        tokio::task::yield_now().await;
        assert_eq!(pool.snapshot().pending, 1);
        lease.broken = true;
        drop(lease);
    });
    assert_eq!(waiter.expect("a fresh one").id, 1);
    assert_eq!((manager.alive(), manager.most_alive()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_sound_one_that_comes_back_is_handed_on_without_a_reset() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    let lease = pool.acquire().await.expect("dialed");
    drop(lease);
    assert_eq!(pool.snapshot().count(State::Idle), 1, "at once");
}

#[tokio::test(start_paused = true)]
async fn an_error_is_the_manager_s_own_and_is_classified() {
    let manager = Scripted::new();
    manager.script().connect = Step::Fail;
    let connector = Bb8Connector::named("orders-db", manager.clone());
    let pool = connector.classify(|_: &io::Error| ErrorClass::Permanent).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(!error.is_transient(), "{error}");
    assert!(error.to_string().contains("connect fails, as the script says"), "{error}");
    assert!(error.to_string().contains("orders-db"), "{error}");
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    let DialError::Connect(inner) = &about.last_dial.as_ref().expect("told").fault else { panic!("{error}") };
    assert!(matches!(&**inner, Bb8Error::Manager(error) if error.kind() == io::ErrorKind::Other), "{inner:?}");
}

#[tokio::test(start_paused = true)]
async fn a_protocol_is_told_if_one_is_given() {
    let redis = Protocol::named("redis").database("redis");
    assert_eq!(Bb8Connector::new(Scripted::new()).protocol(), Protocol::NONE);
    assert_eq!(Bb8Connector::new(Scripted::new()).speaking(redis).protocol(), redis);
}

/// A manager whose error is no `Error` and stays on its thread.
struct Mute;

#[derive(Debug)]
struct NoError(std::cell::Cell<u8>);

impl ManageConnection for Mute {
    type Connection = ();
    type Error = NoError;

    async fn connect(&self) -> Result<(), NoError> {
        Err(NoError(std::cell::Cell::new(7)))
    }

    async fn is_valid(&self, _: &mut ()) -> Result<(), NoError> {
        Ok(())
    }

    fn has_broken(&self, _: &mut ()) -> bool {
        false
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_none_is_put_in_other_words() {
    let connector = Bb8Connector::new(Mute).map_errors(|error| io::Error::other(format!("code {}", error.0.get())));
    let pool = connector.pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(error.to_string().contains("code 7"), "{error}");
}

/// Says that it has been there, or refuses.
struct Customizer {
    refuses: bool,
}

impl fmt::Debug for Customizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Customizer")
    }
}

impl CustomizeConnection<Conn, io::Error> for Customizer {
    fn on_acquire<'a>(&'a self, connection: &'a mut Conn) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            connection.id += 1000;
            if self.refuses { Err(io::Error::other("not this one")) } else { Ok(()) }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_customizer_of_bb8_runs_on_each_new_connection() {
    let manager = Scripted::new();
    let connector = Bb8Connector::new(manager.clone());
    let pool = connector.connection_customizer(Box::new(Customizer { refuses: false })).pool().build().expect("sound");
    assert_eq!(pool.acquire().await.expect("dialed").id, 1000);
    assert_eq!(pool.acquire().await.expect("idle").id, 1000, "once for each");

    let connector = Bb8Connector::new(manager.clone());
    let pool = connector.connection_customizer(Box::new(Customizer { refuses: true })).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(error.to_string().contains("not this one"), "{error}");
    assert_eq!(manager.alive(), 1, "what was refused is gone");
}

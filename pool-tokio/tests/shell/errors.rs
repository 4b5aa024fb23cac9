//! What an error says at three in the morning.

use std::error::Error;

use pool_tokio::{AcquireError, Phase};

use crate::script::{Dial, Down, Scripted, builder, ms, options};

#[tokio::test(start_paused = true)]
async fn a_time_out_says_which_pool_what_happened_and_what_to_look_at() {
    let connector = Scripted::new();
    let mut options = options(2);
    options.wait.timeout = ms(250).into();
    let pool = builder(&connector, options).name("orders").build().expect("sound");
    let _held = [pool.acquire().await.expect("1"), pool.acquire().await.expect("2")];
    let error = pool.acquire().await.expect_err("all in use");
    let AcquireError::Timeout { phase, waited, about } = &error else { panic!("{error}") };
    assert_eq!((*phase, &*about.pool), (Phase::Waiting, "orders"));
    assert!(*waited >= ms(250));
    assert_eq!(
        error.to_string(),
        format!(
            "pool `orders`: no connection became free within {waited:?}; 2 of 2 open (2 in use, 0 idle), 0 waiting; \
             see leases() for who holds them, and limits.max_open"
        )
    );
    assert!(error.source().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_dial_error_has_the_connectors_own_at_the_end_of_its_chain() {
    let connector = Scripted::new();
    connector.script().dial = Dial::Fail;
    let pool = builder(&connector, options(2)).name("orders").build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "pool `orders`: dials fail and no connection is left; the last dial of a:1 failed: connection refused"
    );
    let mut last: &(dyn Error + 'static) = &error;
    while let Some(source) = last.source() {
        last = source;
    }
    assert_eq!(last.downcast_ref::<Down>().expect("the connector's own").0, "connection refused");
}

#[tokio::test(start_paused = true)]
async fn a_closed_pool_says_so() {
    let connector = Scripted::new();
    let pool = builder(&connector, options(2)).build().expect("sound");
    pool.close();
    let error = pool.acquire().await.expect_err("closed");
    assert_eq!(error.to_string(), "pool `test`: it is closed and gives no more leases");
}

//! What an error says at three in the morning.

use std::error::Error;
use std::sync::{Arc, Mutex};

use pool_core::{ConnectCx, Connector, DialReport, Event, Observer, Time, TraceContext, What};
use pool_tokio::{AcquireError, AcquireOptions, Phase, Pool};

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

/// Connections that can never be made, and a connector that tells everybody whereto.
struct Chatty;

impl Connector for Chatty {
    type Connection = ();
    type Error = std::io::Error;

    async fn connect(&self, cx: &ConnectCx<'_>) -> std::io::Result<()> {
        Err(std::io::Error::other(format!("cannot reach {}", cx.endpoint.address)))
    }
}

/// Everything that is told, as it is told.
#[derive(Default)]
struct Everything(Mutex<Vec<String>>);

impl Observer for Everything {
    fn event(&self, _: &str, event: &Event, _: Time) {
        if let What::DialFailed { endpoint, error, .. } = &event.what {
            self.0.lock().expect("no panic").push(format!("{} {endpoint:?} {error}", endpoint.name()));
        }
    }

    fn dial(&self, _: &str, dial: &DialReport<'_>, _: Time) -> Option<TraceContext> {
        self.0.lock().expect("no panic").push(format!("{dial:?}"));
        None
    }
}

#[tokio::test(start_paused = true)]
async fn the_password_in_an_address_is_in_no_error_and_no_event_and_its_endpoint_is_found_by_it() {
    const ADDRESS: &str = "redis://me:hunter2@db:1";
    let heard = Arc::new(Everything::default());
    let pool = Pool::builder(Chatty).name("test").endpoints([ADDRESS]).observer(Arc::clone(&heard) as _);
    let pool = pool.build().expect("sound");
    for endpoint in [ADDRESS, "db:1"] {
        let error = pool.acquire_with(AcquireOptions::new().endpoint(endpoint)).await.expect_err("out of reach");
        assert!(
            error.to_string().ends_with("the last dial of db:1 failed: cannot reach redis://me:***@db:1"),
            "{endpoint}: {error}"
        );
    }
    let heard = heard.0.lock().expect("no panic");
    assert!(heard.len() > 1 && heard.iter().all(|told| told.contains("***") && !told.contains("hunter2")), "{heard:?}");
}

//! The advice on the pool's size, as an application sees it.

use std::time::Duration;

use pool_core::Change;
use pool_core::catalog::{Attribute, Metric, Reading, Value};

use crate::script::{Scripted, TestPool, builder, ms, options};

/// For so long there is one caller every 10 ms, who holds what it gets for 35 ms.
async fn load(pool: &TestPool, callers: u32) {
    for _ in 0..callers {
        let pool = pool.clone();
        tokio::spawn(async move {
            let lease = pool.acquire().await.expect("served");
            tokio::time::sleep(ms(35)).await;
            drop(lease);
        });
        tokio::time::sleep(ms(10)).await;
    }
}

fn needed(pool: &TestPool) -> Vec<(String, f64)> {
    let reading = Reading::new("test", pool.snapshot());
    let samples = reading.samples_of(Metric::ConnectionNeeded);
    let samples = samples.into_iter().map(|sample| {
        let Value::Gauge(value) = sample.value else { panic!("a gauge") };
        assert_eq!(sample.labels[1].0, Attribute::Target);
        (sample.labels[1].1.clone().into_owned(), value)
    });
    samples.collect()
}

#[tokio::test(start_paused = true)]
async fn the_pool_says_what_size_it_needs_once_it_knows_enough() {
    let connector = Scripted::new();
    let mut options = options(20);
    options.sizing.wait = Some(ms(1).into());
    let pool = builder(&connector, options).build().expect("sound");
    assert_eq!(needed(&pool), []);
    load(&pool, 500).await;
    assert_eq!((pool.snapshot().sizing, needed(&pool)), (None, vec![]), "five seconds are too little");
    load(&pool, 1500).await;
    let sizing = pool.snapshot().sizing.expect("enough to go by");
    // What a sleep is rounded to, is held longer.
    assert!((99.0..101.0).contains(&sizing.arrival_rate), "{sizing:?}");
    assert!((ms(35)..ms(38)).contains(&sizing.mean_hold), "{sizing:?}");
    assert!(sizing.window > Duration::from_secs(18) && sizing.samples > 1900, "{sizing:?}");
    assert_eq!((sizing.needed_on_average, sizing.wait_target), (4, Some(ms(1))), "{sizing:?}");
    assert_eq!(needed(&pool), [("average".to_owned(), 4.0), ("wait".to_owned(), 4.0)]);

    // Without a target there is no such advice.
    let mut options = pool.options();
    options.sizing.wait = Some(Duration::MAX.into());
    pool.reconfigure(Change { options: Some(options), ..Change::default() }).expect("sound");
    load(&pool, 1200).await;
    assert_eq!(needed(&pool), [("average".to_owned(), 4.0)]);

    // Nobody asks any more: the load ends, and with it the advice.
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!((pool.snapshot().sizing, needed(&pool)), (None, vec![]));
}

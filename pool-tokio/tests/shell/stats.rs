//! A pool's numbers as another pool would tell them.

use std::sync::Arc;

use pool_core::{StatValue, StatsError};
use pool_tokio::AnyPool;

use crate::script::{Scripted, ms, pool, settle};

fn number(pool: &dyn AnyPool, original: &str, name: &str) -> StatValue {
    let stats = pool.stats_as(original).expect("known");
    stats.iter().find(|stat| stat.name == name).expect("it has this number").value
}

#[tokio::test(start_paused = true)]
async fn who_gave_up_has_waited_for_database_sql_and_not_for_redigo() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let held = pool.acquire().await.expect("dialed");
    tokio::time::timeout(ms(20), pool.acquire()).await.expect_err("it is taken");
    let served = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(drop) }
    });
    settle().await;
    drop(held);
    served.await.expect("no panic").expect("served");

    let any: Arc<dyn AnyPool> = Arc::new(pool.clone());
    assert_eq!(number(&*any, "database/sql", "WaitCount"), StatValue::Count(2));
    assert_eq!(number(&*any, "redigo", "WaitCount"), StatValue::Count(1));
    let StatValue::Time(waited) = number(&*any, "database/sql", "WaitDuration") else { panic!("it is a time") };
    assert!(waited >= ms(20), "{waited:?}");
    assert!(matches!(pool.stats_as("net-http"), Err(StatsError::None { .. })));
}

//! nginx, and what befalls it.

use std::time::Duration;

use clearpool_servers::{Nginx, NginxServer};
use pool_connector_http::{HttpError, HttpPool};
use pool_core::{HumanDuration, State};

use crate::{client, count, dialed, get, let_pass, limited, open, post, until};

fn start(directives: &[&str]) -> Option<NginxServer> {
    let nginx = directives.iter().fold(Nginx::find()?, |nginx, directive| nginx.directive(directive));
    Some(nginx.start())
}

fn to(nginx: &NginxServer) -> HttpPool {
    client([nginx.address()], |_| ())
}

#[tokio::test]
async fn a_connection_serves_as_often_as_nginx_allows() {
    let Some(nginx) = start(&["keepalive_requests 3;"]) else { return };
    let pool = to(&nginx);
    let mut uses = Vec::new();
    for _ in 0..7 {
        let got = get(&pool, "/").await.expect("it answers");
        assert_eq!((got.text.as_str(), got.lease.tried), ("nginx\n", 1));
        uses.push(got.lease.uses);
    }
    assert_eq!((uses, dialed(&pool)), (vec![1, 2, 3, 1, 2, 3, 1], 3));
}

#[tokio::test]
async fn an_idle_connection_that_nginx_closes_is_noticed_at_once() {
    let Some(nginx) = start(&["keepalive_timeout 1s;"]) else { return };
    let pool = to(&nginx);
    get(&pool, "/").await.expect("it answers");
    assert_eq!(count(&pool.pool().snapshot(), State::Idle), 1);
    // No request is made meanwhile.
    until(&pool, "it to be closed", |now| open(now) == 0).await;
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.tried, 1);
}

#[tokio::test]
async fn a_connection_is_left_before_nginx_closes_it_if_nginx_says_when() {
    let Some(nginx) = start(&["keepalive_timeout 600s 60s;"]) else { return };
    let pool = limited([nginx.address()], |_| (), |options| options.wait.timeout = HumanDuration::NEVER);
    for uses in 1..=2 {
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
    }
    let_pass(Duration::from_millis(59_500)).await;
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_while_connections_are_idle_costs_no_request() {
    let Some(mut nginx) = start(&[]) else { return };
    let pool = to(&nginx);
    let both = tokio::join!(get(&pool, "/"), get(&pool, "/"));
    assert!(both.0.is_ok() && both.1.is_ok());
    nginx.restart();
    for _ in 0..5 {
        assert_eq!(post(&pool, "/", "abc").await.expect("it answers").text, "nginx\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_killed_cost_the_requests_that_they_had_and_no_others() {
    let Some(nginx) = start(&["location /big { limit_rate 1k; }"]) else { return };
    nginx.put("big", &vec![b'x'; 1 << 20]);
    let pool = to(&nginx);
    get(&pool, "/").await.expect("it answers");
    let held = pool.get("/big").await.expect("its head comes");
    nginx.kill_workers();
    let error = crate::read(held).await.expect_err("it breaks off");
    assert!(matches!(error, HttpError::Body { .. }), "{error}");
    until(&pool, "no connection", |now| open(now) == 0).await;
    for _ in 0..3 {
        assert_eq!(post(&pool, "/", "abc").await.expect("it answers").text, "nginx\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_with_leases_out_fails_them_and_a_start_is_found() {
    let Some(mut nginx) = start(&["location /big { limit_rate 1k; }"]) else { return };
    nginx.put("big", &vec![b'x'; 1 << 20]);
    let pool = limited([nginx.address()], |_| (), |options| options.wait.timeout = HumanDuration::from_millis(500));
    let held = pool.get("/big").await.expect("its head comes");
    nginx.process().kill();
    assert!(crate::read(held).await.is_err());
    let error = get(&pool, "/").await.expect_err("nobody is there");
    assert!(matches!(error, HttpError::Acquire { .. }) && error.to_string().contains("refused"), "{error}");
    nginx.restart();
    until_answered(&pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_nginx_ends_requests_at_their_deadlines() {
    let Some(nginx) = start(&[]) else { return };
    let pool = limited(
        [nginx.address()],
        |options| {
            options.response_timeout = HumanDuration::from_millis(300);
            options.check_path = Some("/".to_owned());
        },
        |options| {
            options.upkeep.check_after_idle = HumanDuration::from_millis(50);
            options.upkeep.check_timeout = HumanDuration::from_millis(100);
        },
    );
    get(&pool, "/").await.expect("it answers");
    nginx.process().pause();
    // At once on the idle connection, later on one that fails its check; both are given up for one that is accepted
    // and never answered.
    for _ in 0..2 {
        let error = get(&pool, "/").await.expect_err("it is paused");
        assert!(matches!(error, HttpError::Late { .. }), "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    nginx.process().resume();
    until_answered(&pool).await;
}

async fn until_answered(pool: &HttpPool) {
    let answered = async {
        while get(pool, "/").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::AMPLE, answered).await.expect("it answers again");
}

//! The preset `consul-grpc` as a whole: gRPC calls all the time, while instances come, go, fail and change in Consul,
//! and Consul itself dies and comes back. And the same with endpoints from its DNS.

mod backend;
mod calls;
mod scene;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::scene::Scene;

/// How far a share may be off, in percent of all calls: some are under way while they are counted.
const BOUND: f64 = 4.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_turn_every_healthy_instance_serves_and_no_call_fails() {
    let Some(mut scene) = Scene::begin("preset = \"consul-grpc\"", ["a", "b", "c"]).await else { return };
    scene.shares(&[("a", 1), ("b", 1), ("c", 1)], BOUND).await;

    scene.consul.check("b", "fail");
    scene.until_endpoints(&["a", "c"]).await;
    scene.shares(&[("a", 1), ("b", 0), ("c", 1)], BOUND).await;
    // It is served by nobody now, so that it may go.
    scene.stop("b").await;

    scene.start("d").await;
    scene.until_endpoints(&["a", "c", "d"]).await;
    scene.shares(&[("a", 1), ("c", 1), ("d", 1)], BOUND).await;

    scene.consul.deregister("a");
    scene.until_endpoints(&["c", "d"]).await;
    scene.stop("a").await;
    scene.shares(&[("c", 1), ("d", 1)], BOUND).await;

    // Every check fails at once, as when the checker is sick and not who is checked.
    scene.consul.check("c", "fail");
    scene.until_endpoints(&["d"]).await;
    scene.consul.check("d", "fail");
    scene.until_discovery_failed("no check lets any of the").await;
    scene.shares(&[("d", 1)], BOUND).await;
    scene.consul.check("c", "pass");
    scene.until_endpoints(&["c"]).await;
    scene.consul.check("d", "pass");
    scene.until_endpoints(&["c", "d"]).await;
    scene.shares(&[("c", 1), ("d", 1)], BOUND).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_weight_shares_follow_what_is_registered_and_no_call_fails() {
    let pool = "preset = \"consul-grpc\"\nbalance = { kind = \"smooth-weighted\" }";
    let Some(scene) = Scene::begin(pool, ["a", "b", "c"]).await else { return };
    for weights in [[4, 2, 1], [1, 1, 8], [5, 5, 5]] {
        let weights: Vec<(&str, u32)> = ["a", "b", "c"].into_iter().zip(weights).collect();
        for &(name, weight) in &weights {
            scene.register(name, weight);
        }
        scene.until_weights(&weights).await;
        scene.shares(&weights, BOUND).await;
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consul_the_last_endpoints_serve_and_what_changed_meanwhile_is_seen_when_it_is_back() {
    let Some(mut scene) = Scene::begin("preset = \"consul-grpc\"", ["a", "b"]).await else { return };
    scene.consul.process().kill();
    scene.until_discovery_failed("it cannot be reached").await;
    scene.shares(&[("a", 1), ("b", 1)], BOUND).await;
    scene.consul.restart();
    scene.start("c").await;
    scene.until_endpoints(&["a", "b", "c"]).await;
    scene.shares(&[("a", 1), ("b", 1), ("c", 1)], BOUND).await;

    scene.consul.process().pause();
    scene.call_for(Duration::from_secs(2)).await;
    scene.consul.process().resume();
    scene.consul.deregister("b");
    scene.until_endpoints(&["a", "c"]).await;
    scene.stop("b").await;

    scene.consul.restart_empty();
    scene.until_discovery_failed("Consul knows no instance of `orders`").await;
    scene.shares(&[("a", 1), ("c", 1)], BOUND).await;
    scene.register("a", 1);
    scene.until_endpoints(&["a"]).await;
    scene.register("c", 1);
    scene.until_endpoints(&["a", "c"]).await;
    scene.shares(&[("a", 1), ("c", 1)], BOUND).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_goes_before_consul_knows_costs_no_call_that_may_be_served_elsewhere() {
    // The preset's callers wait for the endpoint whose turn it is, and for no other.
    let pool = "preset = \"consul-grpc\"\nwait = { strict = false }";
    let Some(mut scene) = Scene::begin(pool, ["a", "b", "c"]).await else { return };
    scene.stop("b").await;
    scene.call_for(Duration::from_secs(2)).await;
    scene.consul.check("b", "fail");
    scene.until_endpoints(&["a", "c"]).await;
    scene.shares(&[("a", 1), ("c", 1)], BOUND).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_dns_the_pool_follows_as_well() {
    let pool = "preset = \"consul-grpc\"\nbalance = { kind = \"smooth-weighted\" }";
    let Some(mut scene) = Scene::begin_by_dns(pool, ["a", "b"]).await else { return };
    scene.register("a", 3);
    scene.until_weights(&[("a", 3), ("b", 1)]).await;
    scene.shares(&[("a", 3), ("b", 1)], BOUND).await;
    scene.start("c").await;
    scene.until_weights(&[("a", 3), ("b", 1), ("c", 1)]).await;
    scene.shares(&[("a", 3), ("b", 1), ("c", 1)], BOUND).await;
    scene.consul.check("a", "fail");
    scene.until_endpoints(&["b", "c"]).await;
    scene.stop("a").await;
    scene.consul.process().kill();
    scene.until_discovery_failed("nobody serves DNS there").await;
    scene.shares(&[("b", 1), ("c", 1)], BOUND).await;
    scene.consul.restart();
    scene.consul.deregister("b");
    scene.until_endpoints(&["c"]).await;
    scene.consul.deregister("c");
    scene.until_discovery_failed("the last endpoints stay").await;
    scene.shares(&[("c", 1)], BOUND).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_are_told_that_consul_does_not_know_the_service() {
    let Some(mut scene) = Scene::begin("preset = \"consul-grpc\"", []).await else { return };
    let told = scene.refusal().await;
    assert!(told.contains("there is no endpoint") && told.contains("Consul knows no instance of `orders`"), "{told}");
    scene.start("a").await;
    scene.until_endpoints(&["a"]).await;
    scene.serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_in_whatever_order_no_call_fails_while_one_instance_is_healthy() {
    let all = ["a", "b", "c", "d"];
    let Some(mut scene) = Scene::begin("preset = \"consul-grpc\"", all).await else { return };
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut draw = fastrand::Rng::with_seed(seed);
    let mut gone = BTreeSet::new();
    for _ in 0..60 {
        // The first always passes.
        let name = all[draw.usize(1..all.len())];
        match draw.u32(0..20) {
            0..12 if gone.remove(name) => scene.register(name, 1),
            0..4 => scene.consul.check(name, "fail"),
            4..8 => scene.consul.check(name, "pass"),
            8..12 => {
                scene.consul.deregister(name);
                gone.insert(name);
            }
            12..17 => scene.call_for(Duration::from_millis(draw.u64(100..300))).await,
            17 => scene.consul.restart(),
            18 => {
                scene.consul.process().pause();
                scene.call_for(Duration::from_millis(200)).await;
                scene.consul.process().resume();
            }
            _ => {
                // The agent may be gone for as long as it takes to be missed.
                scene.consul.process().kill();
                scene.call_for(Duration::from_millis(500)).await;
                scene.consul.restart();
            }
        }
    }
    for name in all {
        scene.register(name, 1);
    }
    scene.until_endpoints(&all).await;
    scene.shares(&[("a", 1), ("b", 1), ("c", 1), ("d", 1)], BOUND).await;
    scene.end().await;
}

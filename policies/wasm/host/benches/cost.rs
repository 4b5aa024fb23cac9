//! What a pick by a module costs, beside one by a native policy of the same rule: `cargo bench -p pool-wasm`.
//!
//! Nanoseconds of the best of several rounds, in which all take turns, and how many times the native one's that is.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use pool_core::fixture::Paper;
use pool_core::{BalancePolicy, Builder, Endpoint, EndpointId};
use pool_wasm::BALANCE;
use serde_json::json;

const ROUNDS: usize = 15;
const PICKS: u32 = 20_000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for modules");
    println!("{:<28} {:>9} {:>12} {:>8}", "round robin", "endpoints", "ns per pick", "ratio");
    for size in [8, 64, 512] {
        let text = include_str!("../tests/wat/round_robin.wat");
        let file = folder.path().join("round_robin.wasm");
        std::fs::write(&file, wat::parse_str(text).expect("a module")).expect("a file in a folder of ours");
        let mut subjects: Vec<(String, Box<dyn BalancePolicy>, Duration)> =
            vec![("native".into(), Box::new(pool_balance_round_robin::RoundRobin::default()), Duration::MAX)];
        for engine in engines() {
            let Builder::Balance(build) = BALANCE.builder else { unreachable!("it balances") };
            let options = json!({ "file": file, "engine": engine });
            subjects.push((format!("wasm, {engine}"), build(options).expect("a good module"), Duration::MAX));
        }
        let mut paper = Paper::new();
        let ids: Vec<EndpointId> = (0..size).map(|at| paper.endpoint(Endpoint::new(format!("{at}:1")))).collect();
        for _ in 0..ROUNDS {
            for (_, policy, best) in &mut subjects {
                // The turn is in the middle: what has turns looks on from there.
                let middle = ids[ids.len() / 2];
                paper.with_cx(None, |paper, cx| policy.served(middle, &paper.endpoints_view(), cx));
                *best = (*best).min(round(&mut **policy, &mut paper));
            }
        }
        let of_one = |best: Duration| best.as_nanos() as f64 / f64::from(PICKS);
        let native = of_one(subjects[0].2);
        for (name, _, best) in &subjects {
            let ns = of_one(*best);
            println!("{name:<28} {size:>9} {ns:>12.1} {:>8.1}", ns / native);
        }
    }
}

fn engines() -> &'static [&'static str] {
    if cfg!(feature = "wasmtime") { &["wasmi", "wasmtime"] } else { &["wasmi"] }
}

#[allow(clippy::disallowed_methods, reason = "a bench measures real time")]
fn round(policy: &mut dyn BalancePolicy, paper: &mut Paper) -> Duration {
    let begun = Instant::now();
    for _ in 0..PICKS {
        paper.with_cx(None, |paper, cx| black_box(policy.pick(&paper.endpoints_view(), cx)));
    }
    begun.elapsed()
}

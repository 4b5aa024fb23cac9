//! A balance policy for WebAssembly: the endpoint with the fewest leases serves, but the one that serves goes on
//! until it has some more than the least loaded.
//!
//! ```toml
//! balance = { kind = "wasm", file = "policies/sticky.wasm", options = { slack = 2 } }
//! ```
//!
//! Fewer endpoints are warm at low load that way, and none has more than `slack` leases above another's.
//!
//! Built with `cargo build -p pool-wasm-example --release --target wasm32-unknown-unknown`.

#![forbid(unsafe_code)]

use pool_wasm_guest::{Answer, Balance, Cx, Endpoint, Endpoints, Id, Policy, Reason};
use serde::Deserialize;

const STILL_GOOD: Reason = Reason::number(0);
const LEAST_LOADED: Reason = Reason::number(1);

/// The options.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// So many leases more than the least loaded it may have.
    slack: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options { slack: 2 }
    }
}

/// The policy.
#[derive(Debug)]
pub struct Sticky {
    slack: u32,
    last: Option<Id>,
}

impl Policy for Sticky {
    const REASONS: &'static [&'static str] = &["still-good", "least-loaded"];

    fn new(options: &str) -> Result<Sticky, String> {
        let Options { slack } = serde_json::from_str(options).map_err(|error| error.to_string())?;
        if slack > 1000 {
            return Err(format!("slack: {slack} leases more is no balance; at most 1000"));
        }
        Ok(Sticky { slack, last: None })
    }
}

impl Balance for Sticky {
    fn pick(&mut self, endpoints: &Endpoints<'_>, _: &Cx) -> Answer {
        let Some(least) = endpoints.eligible().min_by_key(|it| it.in_flight) else { return Answer::NONE };
        let last = endpoints.eligible().find(|it| Some(it.id) == self.last);
        match last.filter(|last| last.in_flight < least.in_flight.saturating_add(self.slack)) {
            Some(last) => Answer::of(last.place, STILL_GOOD),
            None => Answer::of(least.place, LEAST_LOADED),
        }
    }

    fn served(&mut self, endpoint: &Endpoint, _: &Endpoints<'_>, _: &Cx) {
        self.last = Some(endpoint.id);
    }
}

pool_wasm_guest::export_balance!(Sticky, served);

#[cfg(test)]
mod tests {
    use pool_wasm_guest::testing::Scene;

    use super::*;

    #[test]
    fn it_stays_until_there_is_too_much_between_them() {
        let mut policy = Sticky::new("{\"slack\": 2}").expect("good options");
        let mut scene = Scene::new();
        scene.endpoint(1, true, 0);
        scene.endpoint(1, true, 1);
        assert_eq!(scene.pick(&mut policy), Answer::of(0, LEAST_LOADED));
        scene.served(&mut policy, 1);
        assert_eq!(scene.pick(&mut policy), Answer::of(1, STILL_GOOD));
        let mut scene = Scene::new();
        scene.endpoint(1, true, 0);
        scene.endpoint(1, true, 2);
        assert_eq!(scene.pick(&mut policy), Answer::of(0, LEAST_LOADED));
    }

    #[test]
    fn one_that_cannot_serve_is_passed_over() {
        let mut policy = Sticky::new("{}").expect("good options");
        let mut scene = Scene::new();
        scene.endpoint(1, false, 0);
        scene.endpoint(1, true, 9);
        scene.served(&mut policy, 0);
        assert_eq!(scene.pick(&mut policy), Answer::of(1, LEAST_LOADED));
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        for wrong in ["{\"slack\": -1}", "{\"slak\": 1}", "{\"slack\": 1001}", "7"] {
            assert!(Sticky::new(wrong).is_err(), "{wrong}");
        }
    }
}

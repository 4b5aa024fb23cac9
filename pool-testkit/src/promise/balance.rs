//! Promises about shares.

use pool_core::EndpointId;

use crate::Subject;
use crate::traffic::Traffic;

/// With endpoints `a`, `b`, `c`… of these weights, all of which can serve, grants come in this order.
///
/// # Panics
/// If they do not.
#[track_caller]
pub fn served_in_order(subject: impl Into<Subject>, weights: &[u32], order: &str) {
    let subject = subject.into();
    let (mut traffic, endpoints) = Traffic::with_weights(&subject, 0, weights);
    let wanted: Vec<&str> = order.split_whitespace().collect();
    let served: Vec<String> = wanted.iter().map(|_| letter(&endpoints, granted(&mut traffic))).collect();
    assert!(
        served == wanted,
        "{subject}, weights {weights:?}: served {}, promised {}",
        served.join(" "),
        wanted.join(" ")
    );
}

/// Over thousands of grants each endpoint's share of them is its share of the weights, at most `within`
/// off: 0.01 is one per cent of its own share; 0.0 is exact.
///
/// # Panics
/// If one is further off.
#[track_caller]
pub fn weighted_shares(subject: impl Into<Subject>, weights: &[u32], within: f64) {
    shares(subject, weights, weights, within);
}

/// The same for a policy that reads weights in its own way: with endpoints of `weights`, the shares are
/// as these numbers to each other.
///
/// # Panics
/// If one is further off.
#[track_caller]
pub fn shares(subject: impl Into<Subject>, weights: &[u32], shares: &[u32], within: f64) {
    let subject = subject.into();
    assert_eq!(weights.len(), shares.len(), "as many weights as shares");
    let (mut traffic, endpoints) = Traffic::with_weights(&subject, 0, weights);
    let sum: u32 = shares.iter().sum();
    // Whole periods, so that a policy that is exact comes out exact.
    let periods = 20_000_u32.div_ceil(sum);
    let mut served = vec![0_u32; weights.len()];
    for _ in 0..periods * sum {
        let id = granted(&mut traffic);
        endpoints.iter().position(|&it| it == id).into_iter().for_each(|at| served[at] += 1);
    }
    for (at, &share) in shares.iter().enumerate() {
        let wanted = f64::from(share * periods);
        let off = (f64::from(served[at]) - wanted).abs();
        let name = letter(&endpoints, endpoints[at]);
        assert!(
            off <= wanted * within,
            "{subject}, weights {weights:?}: {name} was served {} times, promised {wanted} within {within}",
            served[at]
        );
    }
}

#[track_caller]
fn granted(traffic: &mut Traffic) -> EndpointId {
    traffic.round().unwrap_or_else(|found| panic!("{found}"))
}

fn letter(endpoints: &[EndpointId], id: EndpointId) -> String {
    let at = endpoints.iter().position(|&it| it == id).and_then(|at| u8::try_from(at).ok());
    at.map_or("?".into(), |at| char::from(b'a' + at).to_string())
}

//! Promises about load: who has it, who must not attract it.

use std::time::Duration;

use pool_core::{EndpointView, Outcome};

use crate::Subject;
use crate::rush::{Manner, Rush};
use crate::traffic::Traffic;

/// Leases for each endpoint over which a share is taken.
const GRANTS: usize = 300;

/// Callers at a time for each endpoint.
const CALLERS: usize = 4;

/// The pick always has the fewest leases for its weight, of those that can serve; which of several alike
/// is left open, and so is whether the lease to come is counted.
///
/// # Panics
/// If another has fewer.
#[track_caller]
pub fn least_loaded(subject: impl Into<Subject>, weights: &[u32]) {
    let subject = subject.into();
    let (mut traffic, _) = Traffic::with_weights(&subject, 0, weights);
    for round in 0..weights.len() * GRANTS {
        let pick = traffic.pick();
        let id = traffic.checked(pick).unwrap_or_else(|found| panic!("{subject}, grant {round}: {found}"));
        let view = traffic.paper.endpoints_view();
        let better = view.get(id).and_then(|picked| view.eligible().find(|other| has_less(other, &picked)));
        if let (Some(better), Some(picked)) = (better, view.get(id)) {
            panic!("{subject}, grant {round}: it picked {}, and there is {}", load(&picked), load(&better));
        }
        traffic.serve(id);
    }
}

/// With so many leases out, no endpoint has more than `most` times its due of them.
///
/// # Panics
/// If one has more.
#[track_caller]
pub fn in_flight_at_most(subject: impl Into<Subject>, weights: &[u32], leases: usize, most: f64) {
    let subject = subject.into();
    let (mut rush, endpoints) = Rush::new(&subject, 0, leases, weights);
    rush.tally(leases, &endpoints).unwrap_or_else(|found| panic!("{subject}: {found}"));
    for _ in 0..weights.len() * GRANTS {
        rush.grant().unwrap_or_else(|found| panic!("{subject}: {found}"));
        for endpoint in rush.traffic.paper.endpoints_view().iter() {
            let due = leases as f64 * share(weights, endpoint.weight());
            let has = endpoint.in_flight();
            assert!(
                has as f64 <= due * most,
                "{subject}: of {leases} leases {} has {has}, {due} are its due",
                endpoint.id()
            );
        }
    }
}

/// The first endpoint fails everything in no time, and gets at most `most` times its due all the same: 2.0
/// is twice its share of the weights. It is tried with errors that leave the connection whole, and with
/// others.
///
/// # Panics
/// If it gets more.
#[track_caller]
pub fn fast_failure_gets_at_most(subject: impl Into<Subject>, weights: &[u32], most: f64) {
    let subject = subject.into();
    for ends in [Outcome::Failed, Outcome::Broken] {
        let manner = Manner { takes: Duration::from_micros(100), ends };
        first_gets_at_most(&subject, weights, manner, most);
    }
}

/// The first endpoint takes so many times as long as the others for everything, and gets at most `most`
/// times its due: 0.5 is half its share of the weights.
///
/// # Panics
/// If it gets more.
#[track_caller]
pub fn slow_endpoint_gets_at_most(subject: impl Into<Subject>, weights: &[u32], times: u32, most: f64) {
    let takes = Manner::GOOD.takes * times;
    first_gets_at_most(&subject.into(), weights, Manner { takes, ends: Outcome::Ok }, most);
}

/// One of weight `newcomer` joins those of `weights` long after them, and of the leases among which ten are
/// its due it gets at most `most` times as many, and at least one.
///
/// # Panics
/// If it gets more, or none.
#[track_caller]
pub fn newcomer_gets_at_most(subject: impl Into<Subject>, weights: &[u32], newcomer: u32, most: f64) {
    const DUE: f64 = 10.0;
    let subject = subject.into();
    let (mut rush, endpoints) = Rush::new(&subject, 0, CALLERS * weights.len(), weights);
    rush.tally(weights.len() * GRANTS, &endpoints).unwrap_or_else(|found| panic!("{subject}: {found}"));
    let id = rush.traffic.join(newcomer);
    let grants = DUE / share(&[weights, &[newcomer]].concat(), newcomer);
    let served = rush.tally(grants.ceil() as usize, &[id]).unwrap_or_else(|found| panic!("{subject}: {found}"));
    let told = format!("of its first {grants:.0} grants the newcomer got {}, {DUE} are its due", served[0]);
    assert!(served[0] > 0 && served[0] as f64 <= DUE * most, "{subject}, weights {weights:?}: {told}");
}

#[track_caller]
fn first_gets_at_most(subject: &Subject, weights: &[u32], manner: Manner, most: f64) {
    let (mut rush, endpoints) = Rush::new(subject, 0, CALLERS * weights.len(), weights);
    rush.behaves(endpoints[0], manner);
    let grants = weights.len() * GRANTS;
    let served = rush.tally(grants, &endpoints).unwrap_or_else(|found| panic!("{subject}: {found}"));
    let due = grants as f64 * share(weights, weights[0]);
    let told = format!("which ends {} after {:?}, got {} of {grants}", manner.ends.as_str(), manner.takes, served[0]);
    assert!(served[0] as f64 <= due * most, "{subject}, weights {weights:?}: the first, {told}; {due:.0} are its due");
}

/// Whether one has fewer leases for its weight than another, before and after it takes the next.
fn has_less(one: &EndpointView<'_>, other: &EndpointView<'_>) -> bool {
    let weights = |it: &EndpointView<'_>| it.weight().max(1) as usize;
    let less = |more: usize| (one.in_flight() + more) * weights(other) < (other.in_flight() + more) * weights(one);
    less(0) && less(1)
}

fn load(endpoint: &EndpointView<'_>) -> String {
    format!("{} with {} leases for a weight of {}", endpoint.id(), endpoint.in_flight(), endpoint.weight())
}

/// What part of the whole a weight is.
fn share(weights: &[u32], weight: u32) -> f64 {
    f64::from(weight) / f64::from(weights.iter().sum::<u32>().max(1))
}

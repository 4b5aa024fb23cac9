//! When to choose which policy, in words, and what of that the figures must bear out.

use crate::Row;
use crate::figures::even;

/// When to choose a policy.
pub(crate) struct Advice {
    pub(crate) choose: &'static str,
    pub(crate) avoid: &'static str,
}

/// The advice on the policy of this kind.
pub(crate) fn of(kind: &str) -> Option<Advice> {
    let (choose, avoid) = match kind {
        "least-loaded" => (
            "leases differ in length, an endpoint may be slow or fail, and few processes share the endpoints",
            "many processes rush at the same idle endpoint, or there are hundreds, all of which it looks at",
        ),
        "maglev" => (
            "a key should find the same endpoint nearly always, and load should be even",
            "a key that moves is dear (`ring-hash`), callers have no keys, or an endpoint is slow: its keys stay",
        ),
        "p2c" => (
            "many processes share the endpoints, or there are hundreds of these: more cost no more",
            "endpoints differ in size (`weighted-least-request`), or there are so few that both draws are often bad",
        ),
        "peak-ewma" => (
            "endpoints differ in speed or become slow for a while, and a lease is held for one request",
            "callers hold leases as long as they please: what is measured is the lease",
        ),
        "random" => (
            "there are many processes, all is alike, and nothing is to be remembered",
            "a few leases must be even already, or an endpoint may be slow",
        ),
        "rendezvous-subset" => (
            "hundreds of clients and hundreds of servers, where each connection is dear",
            "there are few clients: some endpoints would get hardly anything",
        ),
        "ring-hash" => (
            "a key should find the same endpoint, and as few keys as possible should move when one joins or leaves",
            "callers have no keys, load must be even to a few per cent, or an endpoint is slow: its keys stay with it",
        ),
        "round-robin" => (
            "endpoints and leases are all alike",
            "weights matter, or an endpoint may be slow: it waits for the slow one as often as for any",
        ),
        "smooth-weighted" => (
            "weights are to be kept exactly, with leases that are alike; it is the default",
            "an endpoint may be slow: it gets its share, whatever becomes of it",
        ),
        "static-stride" => (
            "weights are to be kept, with hundreds of endpoints",
            "there are a dozen (`smooth-weighted`), or an endpoint may be slow",
        ),
        "weighted-least-request" => (
            "endpoints differ in size, and leases in length; with equal weights, as here, it is `p2c`",
            "weights are to be kept exactly: the more leases are out, the nearer it comes to the roots of the weights",
        ),
        _ => return None,
    };
    Some(Advice { choose, avoid })
}

/// What follows from all.
pub(crate) const SUMMARY: &str = include_str!("page/summary.md");

/// Those that go by leases in flight or by latency, and hold failures against an endpoint.
const ADAPTIVE: [&str; 4] = ["least-loaded", "p2c", "peak-ewma", "weighted-least-request"];

/// Checks what the summary says.
///
/// # Panics
/// If the figures do not bear it out.
pub(crate) fn borne_out_by(rows: &[Row]) {
    for Row { kind, alone, with_health } in rows {
        let (least, most) = alone.good();
        assert!(
            alone.late() < 1.3 * most && alone.late() > 0.7 * least,
            "{kind}: the late one is one of the good ones"
        );
        if ADAPTIVE.contains(kind) {
            assert!(alone.failing() < even() / 5.0, "{kind} keeps away from what fails: {}", alone.failing());
            assert!(alone.slow() < even() / 2.0, "{kind} keeps away from what is slow: {}", alone.slow());
        } else {
            assert!(alone.errors() > 0.7 * even(), "{kind} takes failures as they come: {}", alone.errors());
        }
        if let Some(with_health) = with_health {
            assert!(with_health.errors() < 0.5, "{kind}: the layer ejects what fails: {}", with_health.errors());
        }
    }
    let quickest = |of: fn(&Row) -> Option<&crate::Figures>| {
        rows.iter().filter_map(|row| Some((row.kind, of(row)?))).min_by_key(|(_, figures)| figures.took(0.99))
    };
    assert_eq!(quickest(|row| Some(&row.alone)).map(|(kind, _)| kind), Some("least-loaded"));
    if let Some((kind, _)) = quickest(|row| row.with_health.as_ref()) {
        assert_eq!(kind, "peak-ewma");
    }
}

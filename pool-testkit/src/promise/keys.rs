//! Promises of policies that hash: what becomes of a caller's key.

use std::collections::BTreeSet;

use pool_core::{EndpointId, Random};

use crate::Subject;
use crate::traffic::Traffic;

/// So many keys are looked at.
const KEYS: usize = 4000;

/// A key leads to the same endpoint as long as the endpoints are the same, whatever was served between. If
/// that one cannot serve for a while, the key comes back to it afterwards.
///
/// # Panics
/// If it leads to another.
#[track_caller]
pub fn same_key_same_endpoint(subject: impl Into<Subject>, weights: &[u32]) {
    let subject = subject.into();
    let (mut traffic, endpoints) = Traffic::with_weights(&subject, 0, weights);
    let first = assignment(&mut traffic, &subject);
    compare(&subject, &first, &assignment(&mut traffic, &subject), "asked again");
    for &sick in &endpoints {
        traffic.paper.set_full(sick, true);
        assignment(&mut traffic, &subject);
        traffic.paper.set_full(sick, false);
        compare(&subject, &first, &assignment(&mut traffic, &subject), "after its endpoint could not serve");
    }
}

/// If one of so many endpoints of equal weight leaves, or another joins, at most this part of all keys
/// leads elsewhere than before. `1.0 / endpoints` is the least that can be.
///
/// # Panics
/// If more do.
#[track_caller]
pub fn keys_move_at_most(subject: impl Into<Subject>, endpoints: usize, most: f64) {
    let subject = subject.into();
    changes(&subject, endpoints, |what, before, after, _| {
        let moved = before.iter().zip(after).filter(|(old, new)| old != new).count() as f64 / KEYS as f64;
        assert!(moved <= most, "{subject}: {what} of {endpoints} moved {moved:.3} of the keys, promised {most:.3}");
    });
}

/// If one of so many endpoints leaves, only its keys lead elsewhere; if one joins, keys move only to it.
///
/// # Panics
/// If a key moves between two that were there before and after.
#[track_caller]
pub fn no_key_moves_between_those_that_stay(subject: impl Into<Subject>, endpoints: usize) {
    let subject = subject.into();
    changes(&subject, endpoints, |what, before, after, changed| {
        let stray = before.iter().zip(after).find(|(old, new)| old != new && **old != changed && **new != changed);
        if let Some((old, new)) = stray {
            panic!("{subject}: {what} of {endpoints}, {changed}, moved a key from {old} to {new}");
        }
    });
}

/// Of so many endpoints it serves from `size` and no others, whatever the key; when one leaves or joins,
/// at most one of these is replaced.
///
/// # Panics
/// If it serves from another number, or more are replaced.
#[track_caller]
pub fn serves_from_a_subset(subject: impl Into<Subject>, endpoints: usize, size: usize) {
    let subject = subject.into();
    changes(&subject, endpoints, |what, before, after, _| {
        let (before, after): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
        for subset in [&before, &after] {
            assert!(subset.len() == size, "{subject}: it serves from {}, promised {size}", subset.len());
        }
        let fresh = after.difference(&before).count();
        assert!(fresh <= 1, "{subject}: {what} of {endpoints} brought {fresh} others into the subset");
    });
}

/// Shows what each change of membership does: where keys led before and after, and who left or joined.
#[track_caller]
fn changes(subject: &Subject, endpoints: usize, check: impl Fn(&str, &[EndpointId], &[EndpointId], EndpointId)) {
    let (mut traffic, mut ids) = Traffic::with_weights(subject, 0, &vec![1; endpoints]);
    for round in 0..4 {
        let before = assignment(&mut traffic, subject);
        // The first, the last, and two between.
        let gone = ids.remove(round * (endpoints - 1) / 3);
        traffic.leave(gone);
        let between = assignment(&mut traffic, subject);
        check("a leave", &before, &between, gone);
        let joined = traffic.join(1);
        ids.push(joined);
        check("a join", &between, &assignment(&mut traffic, subject), joined);
    }
}

/// Where each key leads, with nothing in flight.
#[track_caller]
fn assignment(traffic: &mut Traffic, subject: &Subject) -> Vec<EndpointId> {
    let mut keys = Random::with_seed(0x00c0_ffee);
    let mut lead = |_| {
        let decision = traffic.pick_for(keys.next_u64());
        let id = traffic.checked(decision).unwrap_or_else(|found| panic!("{subject}: {found}"));
        traffic.tell_served(id);
        id
    };
    (0..KEYS).map(&mut lead).collect()
}

#[track_caller]
fn compare(subject: &Subject, first: &[EndpointId], second: &[EndpointId], when: &str) {
    let differ = first.iter().zip(second).find(|(one, other)| one != other);
    if let Some((one, other)) = differ {
        panic!("{subject}: a key led to {one}, and {when} to {other}");
    }
}

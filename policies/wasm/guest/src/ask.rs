//! From a message to an answer: what stands behind each export.

use crate::record::{Conn, Conns, Cx, Endpoints, Lease};
use crate::{Acquire, Answer, Balance, Evict, Feedback, Membership, Release, State};

/// `clearpool_pick`.
pub fn pick<P: Balance>(state: &mut State<P>, count: i32) -> i64 {
    let (Some(policy), message) = state.message() else { return Answer::NONE.to_wire() };
    policy.pick(&Endpoints::read(message, count as u32 as usize), &Cx::read(message)).to_wire()
}

/// `clearpool_served`.
pub fn served<P: Balance>(state: &mut State<P>, count: i32) -> i64 {
    if let (Some(policy), message) = state.message() {
        let (endpoints, cx) = (Endpoints::read(message, count as u32 as usize), Cx::read(message));
        if let Some(endpoint) = endpoints.get(cx.subject) {
            policy.served(&endpoint, &endpoints, &cx);
        }
    }
    0
}

/// `clearpool_feedback`.
pub fn feedback<P: Balance>(state: &mut State<P>, _: i32) -> i64 {
    if let (Some(policy), message) = state.message() {
        policy.feedback(&Feedback::read(message));
    }
    0
}

/// `clearpool_membership`.
pub fn membership<P: Balance>(state: &mut State<P>, length: i32) -> i64 {
    if let (Some(policy), message) = state.message() {
        policy.membership(&Membership::read(message.get(..length as u32 as usize).unwrap_or_default()));
    }
    0
}

/// `clearpool_choose`.
pub fn choose<P: Acquire>(state: &mut State<P>, count: i32) -> i64 {
    let (Some(policy), message) = state.message() else { return Answer::NONE.to_wire() };
    policy.choose(&Conns::read(message, count as u32 as usize), &Cx::read(message)).to_wire()
}

/// `clearpool_settle`.
pub fn settle<P: Release>(state: &mut State<P>, _: i32) -> i64 {
    let (Some(policy), message) = state.message() else { return Answer::NONE.to_wire() };
    policy.settle(&Lease::read(message), &Cx::read(message)).to_wire()
}

/// `clearpool_expires`. The deadline goes to where the message began.
pub fn expires<P: Evict>(state: &mut State<P>, _: i32) -> i64 {
    let (Some(policy), message) = state.message() else { return Answer::NONE.to_wire() };
    let Some(expiry) = policy.expires(&Conn::alone(message), &Cx::read(message)) else {
        return Answer::NONE.to_wire();
    };
    if let Some((place, _)) = message.split_first_chunk_mut::<8>() {
        *place = expiry.at.to_le_bytes();
    }
    expiry.answer().to_wire()
}

/// `clearpool_victim`.
pub fn victim<P: Evict>(state: &mut State<P>, count: i32) -> i64 {
    let (Some(policy), message) = state.message() else { return Answer::NONE.to_wire() };
    policy.victim(&Conns::read(message, count as u32 as usize), &Cx::read(message)).to_wire()
}

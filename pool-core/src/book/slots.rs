//! What is known of one connection.

use std::panic::Location;
use std::sync::Arc;

use super::lists::Link;
use crate::returns::Marks;
use crate::{Reason, Time, TraceContext};

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It is being made.
    Dialing = 0,
    /// It waits in the pool.
    Idle = 1,
    /// A lease has it; a shared one: at least one lease.
    Leased = 2,
    /// A task looks whether it still works.
    Checking = 3,
    /// A task undoes its protocol state.
    Resetting = 4,
    /// It is being closed.
    Closing = 5,
}

impl State {
    pub(crate) const COUNT: usize = 6;

    /// Every state.
    pub const ALL: [State; State::COUNT] =
        [State::Dialing, State::Idle, State::Leased, State::Checking, State::Resetting, State::Closing];

    /// The state as a label. `used` is the word of OpenTelemetry's conventions for leased.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Dialing => "dialing",
            State::Idle => "idle",
            State::Leased => "used",
            State::Checking => "checking",
            State::Resetting => "resetting",
            State::Closing => "closing",
        }
    }
}

/// So many moments there are at which deadlines are looked at.
pub(crate) const MOMENTS: usize = 4;

/// The deadlines of a connection, one for each moment: acquire, release, background, sweep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// The earliest ones.
    pub(crate) at: [Time; MOMENTS],
    pub(crate) why: [Why; MOMENTS],
    /// The earliest of those that hold below the floor too.
    pub(crate) firm: [(Time, Why); MOMENTS],
}

/// Who set a deadline, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Why {
    pub(crate) policy: u16,
    pub(crate) floor: bool,
    pub(crate) replace: bool,
    pub(crate) reason: Reason,
}

impl Why {
    const NONE: Why = Why { policy: 0, floor: false, replace: false, reason: Reason::new("") };
}

impl Deadlines {
    pub(crate) const NONE: Deadlines =
        Deadlines { at: [Time::NEVER; MOMENTS], why: [Why::NONE; MOMENTS], firm: [(Time::NEVER, Why::NONE); MOMENTS] };
}

/// The leases of a shared connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shares {
    pub(crate) capacity: u32,
    pub(crate) used: u32,
    /// Why it gets no new leases and is closed when the last one ends.
    pub(crate) draining: Option<crate::CloseReason>,
}

/// Sets a trace that is mostly absent: then nothing is copied.
#[inline(always)]
pub(crate) fn set_context(place: &mut Option<TraceContext>, context: Option<&TraceContext>) {
    if place.is_some() || context.is_some() {
        *place = context.copied();
    }
}

/// What is known of one connection. In this order: what every lease writes is in one cache line.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) state: State,
    pub(crate) linked: bool,
    pub(crate) occupied: bool,
    /// Its own protocol said that it is dead.
    pub(crate) dead: bool,
    pub(crate) generation: u32,
    pub(crate) endpoint: u32,
    pub(crate) uses: u32,
    /// When the state began; for an idle one, when it was released.
    pub(crate) since: Time,
    pub(crate) links: [Link; 2],
    pub(crate) site: Option<&'static Location<'static>>,
    /// Which `clear` it was born after.
    pub(crate) era: u32,
    /// Which set of policies its deadlines come from.
    pub(crate) policies: u32,
    /// Whether it was told that the lease is overdue.
    pub(crate) overdue_told: bool,
    /// Dialed for no caller: ahead, or for the balance.
    pub(crate) ahead: bool,
    /// Whether it will serve nobody any more: cleared, or its endpoint has left.
    pub(crate) stale: bool,
    /// Whether its dial is a caller's own.
    pub(crate) owned: bool,
    /// Whether it was dialed beyond `max_open`, and is not pooled.
    pub(crate) extra: bool,
    /// Whether its dial is in the place of another that was closed.
    pub(crate) replaces: bool,
    /// Whether its dial only tries whether the endpoint is back.
    pub(crate) probe: bool,
    /// Whether its caller has gone and took the dial along.
    pub(crate) abandoned: bool,
    /// Whether its dial has begun for those who take what comes first.
    pub(crate) opening: bool,
    /// Whether it is counted as draining: it gets no new leases, and has some yet.
    pub(crate) drains: bool,

    pub(crate) deadlines: Deadlines,
    pub(crate) created: Time,
    pub(crate) draw: f64,
    /// The part of the deadlines that never changes.
    pub(crate) birth_deadlines: Deadlines,
    pub(crate) shares: Option<Shares>,
    /// Whose trace the lease belongs to.
    pub(crate) context: Option<TraceContext>,
    /// Which pass of `retain` saw it, and since when it had been idle then.
    pub(crate) retain: (Time, Time),
    pub(crate) marks: Option<Arc<Marks>>,
    /// Who began its dial: its owner, or one who takes what comes first.
    pub(crate) asker: Option<crate::WaiterId>,
}

impl Slot {
    /// Somebody holds it.
    #[inline(always)]
    pub(crate) fn lend_to(&mut self, site: Option<&'static Location<'static>>, context: Option<&TraceContext>) {
        self.site = site;
        self.overdue_told = false;
        set_context(&mut self.context, context);
    }

    pub(super) fn vacant() -> Slot {
        Slot {
            generation: 0,
            endpoint: 0,
            links: [Link::NONE; 2],
            linked: false,
            occupied: false,
            state: State::Dialing,
            since: Time::ZERO,
            created: Time::ZERO,
            uses: 0,
            era: 0,
            policies: 0,
            draw: 0.0,
            deadlines: Deadlines::NONE,
            birth_deadlines: Deadlines::NONE,
            shares: None,
            dead: false,
            ahead: false,
            stale: false,
            owned: false,
            extra: false,
            replaces: false,
            probe: false,
            abandoned: false,
            opening: false,
            drains: false,
            retain: (Time::NEVER, Time::ZERO),
            site: None,
            overdue_told: false,
            context: None,
            marks: None,
            asker: None,
        }
    }

    pub(super) fn occupy(&mut self, endpoint: u32, now: Time, draw: f64, marks: Arc<Marks>) {
        let generation = self.generation;
        *self = Slot {
            generation,
            endpoint,
            occupied: true,
            since: now,
            created: now,
            draw,
            marks: Some(marks),
            ..Slot::vacant()
        };
    }

    pub(super) fn vacate(&mut self) {
        let generation = self.generation.wrapping_add(1);
        *self = Slot { generation, ..Slot::vacant() };
    }

    /// Free shares of a shared connection that is not draining; 0 for an exclusive one.
    pub(crate) fn free_shares(&self) -> u32 {
        match self.shares {
            Some(shares) if shares.draining.is_none() => shares.capacity.saturating_sub(shares.used),
            _ => 0,
        }
    }
}

//! What a policy answers, and how that is put into a number.

/// A reason, by its place among [`Policy::REASONS`](crate::Policy::REASONS).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason(u32);

impl Reason {
    /// The reason at this place, from 0. One that was not declared is a bad answer.
    pub const fn number(place: u32) -> Reason {
        Reason(place)
    }
}

/// A choice and its reason, or no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer(i64);

impl Answer {
    /// No choice. Where something must be chosen it is a bad answer.
    pub const NONE: Answer = Answer(-1);

    /// What was shown at this place, for this reason.
    pub const fn of(place: u32, why: Reason) -> Answer {
        // The reason's number is below 2^31 in every good answer; one that is not must not turn into another.
        Answer(((why.0 & 0x7fff_ffff) as i64) << 32 | place as i64)
    }

    /// What becomes of a returned connection, for this reason.
    pub const fn settle(settle: Settle, why: Reason) -> Answer {
        Answer::of(settle as u32, why)
    }

    /// As it is told to the host.
    pub const fn to_wire(self) -> i64 {
        self.0
    }
}

/// What becomes of a returned connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It serves the next caller, or becomes idle.
    Keep = 0,
    /// The connector resets it first.
    Reset = 1,
    /// It is closed.
    Close = 2,
}

/// When a connection must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// The first moment at which it is too late, in nanoseconds since the pool was built.
    pub at: u64,
    /// When that is looked at.
    pub moments: Moments,
    /// Whether it stays all the same if closing it would leave fewer than `min_idle` idle.
    pub floor: bool,
    /// Whether another is dialed in its place.
    pub replace: bool,
    /// Why it goes.
    pub reason: Reason,
}

impl Expiry {
    /// The answer, without the deadline.
    pub(crate) const fn answer(&self) -> Answer {
        Answer::of(self.moments.0 | (self.floor as u32) << 8 | (self.replace as u32) << 9, self.reason)
    }
}

/// The moments at which a deadline is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments(u32);

impl Moments {
    /// When it would be handed out.
    pub const ACQUIRE: Moments = Moments(1);
    /// When it comes back.
    pub const RELEASE: Moments = Moments(2);
    /// While it is idle, by the pool's own timer.
    pub const BACKGROUND: Moments = Moments(4);
    /// At each acquire, from the one released longest ago on.
    pub const SWEEP: Moments = Moments(8);
    /// When it would be handed out, when it comes back, and while it is idle.
    pub const ALL: Moments = Moments(7);

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Moments) -> Moments {
        Moments(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_reason_above_and_its_choice_below() {
        assert_eq!(Answer::of(7, Reason::number(3)).to_wire(), (3 << 32) + 7);
        assert_eq!(Answer::settle(Settle::Close, Reason::number(1)).to_wire(), (1 << 32) + 2);
        assert_eq!(Answer::NONE.to_wire(), -1);
        assert!(Answer::of(u32::MAX, Reason::number(u32::MAX)).to_wire() > 0, "never mistaken for no choice");
    }

    #[test]
    fn an_expiry_has_its_moments_and_its_floor_in_the_choice() {
        let moments = Moments::ACQUIRE.and(Moments::SWEEP);
        let expiry = Expiry { at: 5, moments, floor: true, replace: false, reason: Reason::number(2) };
        assert_eq!(expiry.answer().to_wire(), (2 << 32) + 256 + 9);
        let expiry = Expiry { floor: false, replace: true, ..expiry };
        assert_eq!(expiry.answer().to_wire(), (2 << 32) + 512 + 9);
    }
}

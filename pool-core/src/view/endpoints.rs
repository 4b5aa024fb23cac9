//! The endpoints of a pool.

use crate::book::{Book, EndpointSlot, State};
use crate::{Endpoint, EndpointId, Random, Standing, Time};

/// The endpoints of a pool, in the order of discovery, and which of them can serve.
#[derive(Debug, Clone, Copy)]
pub struct EndpointsView<'a> {
    pub(crate) book: &'a Book,
    pub(crate) offer: Offer,
    pub(crate) now: Time,
}

/// So often an endpoint is drawn in vain before those that will do are counted.
const BLIND_DRAWS: u32 = 8;

/// What an endpoint must have to be eligible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offer {
    /// An idle connection or a free share will do.
    pub(crate) idle: bool,
    /// Room to dial will do: the most open connections an endpoint may have.
    pub(crate) room: Option<Room>,
    /// Not more dials under way for its weight than this.
    pub(crate) burden: Burden,
    /// Being healthy is enough: the caller waits for its pick.
    pub(crate) healthy: bool,
    /// Not this one; `NIL`: none is left out.
    pub(crate) without: u32,
}

/// Dials under way for an endpoint's weight: what a burst is spread by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Burden {
    dials: u32,
    weight: u32,
}

impl Burden {
    /// Whatever is under way.
    pub(crate) const ANY: Burden = Burden { dials: u32::MAX, weight: 1 };

    pub(crate) fn of(endpoint: &EndpointSlot) -> Burden {
        Burden { dials: endpoint.count(State::Dialing), weight: endpoint.spec.weight.max(1) }
    }

    pub(crate) fn exceeds(self, other: Burden) -> bool {
        u64::from(self.dials) * u64::from(other.weight) > u64::from(other.dials) * u64::from(self.weight)
    }
}

impl Offer {
    pub(crate) fn takes(&self, endpoint: &EndpointSlot, now: Time) -> bool {
        if self.healthy && endpoint.may_dial(now) {
            return true;
        }
        if self.idle && endpoint.idle.len > 0 {
            return true;
        }
        self.room.is_some_and(|room| room.takes(endpoint))
            && !Burden::of(endpoint).exceeds(self.burden)
            && endpoint.may_dial(now)
    }
}

impl<'a> EndpointsView<'a> {
    /// How many there are, eligible or not.
    pub fn len(&self) -> usize {
        self.book.active.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.book.active.is_empty()
    }

    /// All of them, in the order of discovery.
    pub fn iter(&self) -> impl Iterator<Item = EndpointView<'a>> + use<'a> {
        let view = *self;
        view.book.active.iter().map(move |&index| view.at(index))
    }

    /// Those that can serve, in the order of discovery.
    pub fn eligible(&self) -> impl Iterator<Item = EndpointView<'a>> + use<'a> {
        self.iter().filter(EndpointView::is_eligible)
    }

    /// The endpoint of this id, if it is part of the pool.
    pub fn get(&self, id: EndpointId) -> Option<EndpointView<'a>> {
        self.book.find_endpoint(id).map(|index| self.at(index))
    }

    /// The endpoint at this place in the order of discovery, from 0, eligible or not.
    pub fn nth(&self, position: usize) -> Option<EndpointView<'a>> {
        self.book.active.get(position).map(|&index| self.at(index))
    }

    /// One of the eligible endpoints that `suits` accepts, all of them equally likely; `None` if there is none.
    ///
    /// Where most of them will do it does not look at all: it draws until one will, and only after some draws in
    /// vain does it count them.
    pub fn sample(&self, random: &mut Random, suits: impl Fn(&EndpointView<'a>) -> bool) -> Option<EndpointView<'a>> {
        let takes = |endpoint: &EndpointView<'a>| endpoint.is_eligible() && suits(endpoint);
        for _ in 0..BLIND_DRAWS {
            let drawn = self.nth(random.below(self.len()))?;
            if takes(&drawn) {
                return Some(drawn);
            }
        }
        let count = self.iter().filter(takes).count();
        self.iter().filter(takes).nth(random.below(count))
    }

    fn at(&self, index: u32) -> EndpointView<'a> {
        EndpointView {
            slot: &self.book.endpoints[index as usize],
            id: self.book.endpoint_id(index),
            offer: self.offer,
            loaded: self.book.takes_load(index) && index != self.offer.without,
            now: self.now,
        }
    }
}

/// Room for another connection, as far as the pool's own limit goes: how many an endpoint may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) most: u32,
    /// Whether those that are being closed, or will be when their last lease ends, count, and those that are being
    /// dialed.
    pub(crate) closing: bool,
    pub(crate) dialing: bool,
}

impl Room {
    pub(crate) fn takes(self, endpoint: &EndpointSlot) -> bool {
        let unless = |counts: bool, count: u32| if counts { 0 } else { count };
        let closing = endpoint.count(State::Closing) + endpoint.draining;
        endpoint.open - unless(self.closing, closing) - unless(self.dialing, endpoint.count(State::Dialing)) < self.most
    }
}

/// One endpoint, as a policy sees it.
#[derive(Debug, Clone, Copy)]
pub struct EndpointView<'a> {
    slot: &'a EndpointSlot,
    id: EndpointId,
    offer: Offer,
    loaded: bool,
    now: Time,
}

impl<'a> EndpointView<'a> {
    /// The endpoint.
    pub fn id(&self) -> EndpointId {
        self.id
    }

    /// What discovery says of it.
    pub fn spec(&self) -> &'a Endpoint {
        &self.slot.spec
    }

    /// Its weight; 0: no load.
    pub fn weight(&self) -> u32 {
        self.slot.spec.weight
    }

    /// Whether it can serve this caller. One of weight 0 cannot, unless all are of weight 0; one that rests cannot,
    /// unless all rest.
    pub fn is_eligible(&self) -> bool {
        self.loaded && self.offer.takes(self.slot, self.now)
    }

    /// Whether its last dial succeeded, or it was never dialed, or its back-off has passed.
    pub fn is_healthy(&self) -> bool {
        !self.slot.careful || self.now >= self.slot.retry_at
    }

    /// How it stands, by the health policy's last word.
    pub fn standing(&self) -> Standing {
        self.slot.standing
    }

    /// Connections that could be handed out.
    pub fn idle(&self) -> usize {
        self.slot.idle.len as usize
    }

    /// Leases at this moment.
    pub fn in_flight(&self) -> usize {
        self.slot.in_flight() as usize
    }

    /// All connections, in whatever state.
    pub fn open(&self) -> usize {
        self.slot.open as usize
    }

    /// Dials under way.
    pub fn dialing(&self) -> usize {
        self.slot.count(State::Dialing) as usize
    }

    /// Failed dials since the last success.
    pub fn failures(&self) -> u32 {
        self.slot.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Paper;

    /// How often each of so many endpoints is drawn in ten thousand draws, where only these can serve.
    fn drawn(size: usize, able: &[usize], suits: impl Fn(&EndpointView<'_>) -> bool + Copy) -> Vec<usize> {
        let mut paper = Paper::new();
        let ids: Vec<_> = (0..size).map(|at| paper.endpoint(Endpoint::new(format!("{at}:1")))).collect();
        ids.iter().enumerate().for_each(|(at, &id)| paper.set_full(id, !able.contains(&at)));
        let mut times = vec![0; size];
        for _ in 0..10_000 {
            let one =
                paper.with_cx(None, |paper, cx| paper.endpoints_view().sample(cx.random, suits).map(|one| one.id()));
            one.into_iter()
                .for_each(|one| times[ids.iter().position(|&id| id == one).expect("it is one of them")] += 1);
        }
        times
    }

    #[test]
    fn samples_are_spread_evenly_over_those_that_can_serve() {
        let times = drawn(5, &[0, 2, 3, 4], |_| true);
        assert_eq!(times[1], 0);
        assert!([0, 2, 3, 4].iter().all(|&at| times[at].abs_diff(2500) < 150), "{times:?}");
    }

    #[test]
    fn two_among_hundreds_are_found_and_equally_often() {
        let times = drawn(300, &[7, 299], |_| true);
        assert_eq!(times[7] + times[299], 10_000);
        assert!(times[7].abs_diff(5000) < 200, "{} and {}", times[7], times[299]);
    }

    #[test]
    fn one_that_does_not_suit_is_not_drawn() {
        let times = drawn(3, &[0, 1, 2], |endpoint| endpoint.spec().name() != "1:1");
        assert_eq!((times[1], times[0] + times[2]), (0, 10_000));
        assert_eq!(drawn(2, &[], |_| true), [0, 0], "none can serve");
        assert_eq!(drawn(0, &[], |_| true), [0; 0], "there is none");
    }

    #[test]
    fn places_are_those_of_the_order() {
        let mut paper = Paper::new();
        let ids: Vec<_> = (0..3).map(|at| paper.endpoint(Endpoint::new(format!("{at}:1")))).collect();
        paper.remove_endpoint(ids[0]);
        let view = paper.endpoints_view();
        assert_eq!([0, 1, 2].map(|at| view.nth(at).map(|one| one.id())), [Some(ids[1]), Some(ids[2]), None]);
    }
}

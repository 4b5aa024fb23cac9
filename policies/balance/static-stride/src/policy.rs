//! The policy.

use std::collections::BTreeMap;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, Membership, OptionError, Random, Reason,
};

use crate::StaticStrideOptions;
use crate::schedule::{MOST, Schedule, Turn};

const BY_WEIGHT: Reason = Reason::new("by-weight");
const NEXT_IN_SCHEDULE: Reason = Reason::new("next-in-schedule");

/// The endpoints serve by weight, from a schedule that costs the same however many there are.
#[derive(Debug, Clone, Default)]
pub struct StaticStride {
    schedule: Schedule,
    /// Whose the places in the schedule are.
    members: Vec<Member>,
    /// How many of them are owed a turn.
    owed: usize,
    /// Whether they are those of the pool.
    current: bool,
    /// Where the next turn is looked for; `None` before the first.
    turn: Option<Turn>,
}

/// An endpoint that has turns.
#[derive(Debug, Clone, Copy)]
struct Member {
    id: EndpointId,
    standing: Standing,
}

/// What was remembered of it when another was served than the one whose turn it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Even,
    /// It was passed by at its turn.
    Owed,
    /// It has had its next turn.
    Ahead,
}

impl StaticStride {
    /// Builds the schedule if the endpoints have changed. `None` if there are none.
    fn turn(&mut self, endpoints: &EndpointsView<'_>, random: &mut Random) -> Option<Turn> {
        if !self.current {
            self.build(endpoints);
            self.current = true;
        }
        let places = self.schedule.len();
        let anywhere = || Turn { round: random.below(MOST as usize) as u64, place: random.below(places) };
        (places > 0).then(|| *self.turn.get_or_insert_with(anywhere))
    }

    fn build(&mut self, endpoints: &EndpointsView<'_>) {
        let weightless = endpoints.iter().all(|endpoint| endpoint.spec().weight == 0);
        let taking = || endpoints.iter().filter(|endpoint| weightless || endpoint.spec().weight > 0);
        let weights: Vec<u32> = taking().map(|endpoint| endpoint.spec().weight).collect();
        self.schedule = Schedule::of(&weights);
        let old = std::mem::take(&mut self.members);
        let standing: BTreeMap<_, _> = old.iter().map(|member| (member.id, member.standing)).collect();
        let member = |id| Member { id, standing: standing.get(&id).copied().unwrap_or_default() };
        self.members = taking().map(|endpoint| member(endpoint.id())).collect();
        self.owed = self.members.iter().filter(|member| member.standing == Standing::Owed).count();
        if let Some(turn) = self.turn {
            self.settle(moved(turn, &old, &self.members));
        }
    }

    /// The first of those that are owed a turn that is wanted. Mostly there are none, and then nobody is looked at.
    fn find_owed(&self, wants: impl Fn(EndpointId) -> bool) -> Option<usize> {
        let is_wanted = |member: &Member| member.standing == Standing::Owed && wants(member.id);
        if self.owed > 0 { self.members.iter().position(is_wanted) } else { None }
    }

    fn set_standing(&mut self, place: usize, standing: Standing) {
        let before = std::mem::replace(&mut self.members[place].standing, standing);
        self.owed += usize::from(standing == Standing::Owed);
        self.owed -= usize::from(before == Standing::Owed);
    }

    /// Passes over those that have had their turn already.
    fn settle(&mut self, mut turn: Turn) {
        while let Some(due) = self.schedule.first(turn, |_| true) {
            turn = due;
            if self.members[due.place].standing != Standing::Ahead {
                break;
            }
            self.set_standing(due.place, Standing::Even);
            turn = self.schedule.after(due);
        }
        self.turn = Some(Turn { round: turn.round % MOST, ..turn });
    }
}

/// The same turn among other members: it stays after whom it was, of those that are still there.
fn moved(turn: Turn, old: &[Member], new: &[Member]) -> Turn {
    let places: BTreeMap<_, _> = new.iter().zip(0..).map(|(member, place)| (member.id, place)).collect();
    let before = old.iter().take(turn.place).rev().find_map(|member| places.get(&member.id));
    match before.map_or(0, |&place: &usize| place + 1) {
        place if place < new.len() => Turn { place, ..turn },
        _ => Turn { round: (turn.round + 1) % MOST, place: 0 },
    }
}

impl BalancePolicy for StaticStride {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let turn = self.turn(endpoints, cx.random);
        let serves = |id: EndpointId| endpoints.get(id).is_some_and(|endpoint| endpoint.is_eligible());
        if let Some(place) = self.find_owed(serves) {
            return Decision::of(self.members[place].id, BY_WEIGHT);
        }
        let mut reason = BY_WEIGHT;
        let wants = |place: usize| {
            let wanted = serves(self.members[place].id);
            if !wanted {
                reason = NEXT_IN_SCHEDULE;
            }
            wanted
        };
        match turn.and_then(|turn| self.schedule.first(turn, wants)) {
            Some(found) => Decision::of(self.members[found.place].id, reason),
            // None that has turns can serve, but one of weight 0 may.
            None => Decision { choice: endpoints.eligible().next().map(|it| it.id()), reason: NEXT_IN_SCHEDULE },
        }
    }

    fn served(&mut self, id: EndpointId, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) {
        let Some(turn) = self.turn(endpoints, cx.random) else { return };
        if let Some(place) = self.find_owed(|owed| owed == id) {
            return self.set_standing(place, Standing::Even);
        }
        // One that is owed a turn already gets no second one; one that cannot serve loses it.
        let is_in_line = |Member { id, standing }: Member| {
            let serves = || endpoints.get(id).is_some_and(|endpoint| endpoint.is_eligible());
            standing != Standing::Owed && serves()
        };
        let comes = |member: Member| member.id == id || is_in_line(member);
        let due = self.schedule.first(turn, |place| comes(self.members[place]));
        let Some(due) = due else { return };
        if self.members[due.place].id != id {
            // One that has left, or has no weight, uses up nobody's turn.
            let Some(place) = self.members.iter().position(|member| member.id == id) else { return };
            let was_ahead = self.members[due.place].standing == Standing::Ahead;
            self.set_standing(due.place, if was_ahead { Standing::Even } else { Standing::Owed });
            self.set_standing(place, Standing::Ahead);
        }
        self.settle(self.schedule.after(due));
    }

    fn membership(&mut self, _: Membership<'_>) {
        // They change in groups: the schedule is built at the next pick, once.
        self.current = false;
    }
}

impl Factory<dyn BalancePolicy> for StaticStride {
    const KIND: &'static str = "static-stride";
    const SUMMARY: &'static str = "The endpoints serve by weight, at a cost that does not grow with their number";
    const EXAMPLE: &'static str = "kind = \"static-stride\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[BY_WEIGHT, NEXT_IN_SCHEDULE];
    type Options = StaticStrideOptions;

    fn build(StaticStrideOptions {}: StaticStrideOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(StaticStride::default()))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    /// A policy that has been told of endpoints of these weights, and stands at the beginning of the schedule.
    struct Pool {
        paper: Paper,
        policy: StaticStride,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(weights: &[u32]) -> Pool {
            let policy = StaticStride { turn: Some(Turn { round: 0, place: 0 }), ..StaticStride::default() };
            let mut pool = Pool { paper: Paper::new(), policy, ids: Vec::new() };
            weights.iter().for_each(|&weight| pool.join(weight));
            pool
        }

        fn join(&mut self, weight: u32) {
            let endpoint = Endpoint::new(format!("{}:1", self.ids.len())).weight(weight);
            let id = self.paper.endpoint(endpoint.clone());
            self.policy.membership(Membership::Joined(id, &endpoint));
            self.ids.push(id);
        }

        fn leave(&mut self, at: usize) {
            self.paper.remove_endpoint(self.ids[at]);
            self.policy.membership(Membership::Left(self.ids[at]));
        }

        fn full(&mut self, at: usize, full: bool) {
            self.paper.set_full(self.ids[at], full);
        }

        fn pick(&mut self) -> (usize, Reason) {
            let pick = self.paper.with_cx(None, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx));
            let at = self.ids.iter().position(|&id| Some(id) == pick.choice).expect("one of the pool");
            (at, pick.reason)
        }

        fn serve(&mut self, at: usize) {
            let id = self.ids[at];
            self.paper.with_cx(None, |paper, cx| self.policy.served(id, &paper.endpoints_view(), cx));
        }

        /// So many grants by the policy's own picks, as letters.
        fn run(&mut self, grants: usize) -> String {
            let mut grant = || {
                let (at, _) = self.pick();
                self.serve(at);
                char::from(b'a' + u8::try_from(at).expect("few"))
            };
            (0..grants).map(|_| grant()).collect()
        }
    }

    #[test]
    fn heavy_ones_are_spread_out() {
        assert_eq!(Pool::of(&[1, 2, 3]).run(12), "bccabcbccabc");
        assert_eq!(Pool::of(&[1, 1, 1]).run(7), "abcabca");
    }

    #[test]
    fn a_pick_alone_changes_nothing() {
        let mut pool = Pool::of(&[1, 2, 3]);
        assert!((0..5).all(|_| pool.pick() == (1, BY_WEIGHT)));
    }

    #[test]
    fn it_begins_anywhere() {
        let first = |seed| {
            let mut pool = Pool::of(&[1, 1, 1, 1]);
            pool.policy.turn = None;
            pool.paper.seed(seed);
            pool.pick().0
        };
        let begun: std::collections::BTreeSet<_> = (0..50).map(first).collect();
        assert_eq!(begun.len(), 4);
    }

    #[test]
    fn a_grant_out_of_turn_is_taken_off_and_the_one_passed_by_is_owed() {
        let mut pool = Pool::of(&[1, 1, 1]);
        pool.serve(2);
        assert_eq!(pool.run(5), "ababc", "a is owed, b has its turn, c had its own");
    }

    #[test]
    fn many_grants_out_of_turn_are_remembered_as_one_and_no_flood_follows() {
        let mut pool = Pool::of(&[1, 1, 1]);
        (0..100).for_each(|_| pool.serve(2));
        let after = pool.run(9);
        assert!(after.matches('a').count() <= 4 && after.matches('b').count() <= 4, "{after}");
        assert!(after.matches('c').count() >= 2, "{after}");
    }

    #[test]
    fn shares_hold_though_others_are_served_now_and_then() {
        let mut pool = Pool::of(&[5, 2, 1]);
        let mut served = [0; 3];
        for grant in 0..8_000 {
            // Every third caller had waited and gets what comes back, by its weight in turn.
            let at = if grant % 3 == 0 { [0, 0, 1, 0, 2, 0, 1, 0][grant / 3 % 8] } else { pool.pick().0 };
            pool.serve(at);
            served[at] += 1;
        }
        let off: Vec<i32> = served.iter().zip([5_000, 2_000, 1_000]).map(|(&one, other)| one - other).collect();
        assert!(off.iter().all(|off| off.abs() <= 3), "{served:?}");
    }

    #[test]
    fn one_that_cannot_serve_loses_its_turn_and_the_next_serves() {
        let mut pool = Pool::of(&[1, 1, 1]);
        pool.full(0, true);
        assert_eq!(pool.pick(), (1, NEXT_IN_SCHEDULE));
        assert_eq!(pool.run(6), "bcbcbc");
        pool.full(0, false);
        assert_eq!(pool.run(6), "abcabc");
    }

    #[test]
    fn where_only_the_lightest_can_serve_it_does_at_once() {
        let mut pool = Pool::of(&[u32::MAX, 1, u32::MAX]);
        pool.full(0, true);
        pool.full(2, true);
        assert_eq!(pool.run(50), "b".repeat(50));
        pool.full(0, false);
        assert_eq!(pool.run(50), "a".repeat(50));
    }

    #[test]
    fn one_that_is_always_passed_by_does_not_keep_the_others_from_their_shares() {
        let mut pool = Pool::of(&[3, 2, 1]);
        let mut served = [0; 3];
        for _ in 0..3_000 {
            // It has room, but no idle connection, and the caller takes an idle one elsewhere.
            pool.full(0, true);
            let (at, _) = pool.pick();
            pool.full(0, false);
            pool.serve(at);
            served[at] += 1;
        }
        assert!((served[1] - 2_000_i32).abs() <= 3, "{served:?}");
    }

    #[test]
    fn the_turn_survives_a_change_of_the_endpoints() {
        let mut pool = Pool::of(&[1, 1, 1, 1]);
        assert_eq!(pool.run(2), "ab");
        pool.leave(1);
        assert_eq!(pool.run(1), "c");
        pool.join(1);
        assert_eq!(pool.run(5), "deacd");
        pool.leave(4);
        assert_eq!(pool.run(3), "acd", "the last has gone, so it is the first's turn");
    }

    #[test]
    fn what_is_owed_survives_a_change_of_the_endpoints() {
        let mut pool = Pool::of(&[1, 1, 1]);
        pool.serve(2);
        pool.leave(1);
        assert_eq!(pool.run(4), "aaca", "a is owed one, c had one");
    }

    #[test]
    fn strangers_use_up_nobodys_turn() {
        let mut pool = Pool::of(&[1, 1, 0]);
        pool.serve(2);
        pool.leave(1);
        pool.serve(1);
        assert_eq!(pool.pick(), (0, BY_WEIGHT));
    }
}

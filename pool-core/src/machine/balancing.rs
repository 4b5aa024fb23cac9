//! Which endpoint serves: the balance policy is asked, and told what came of it.

use super::Machine;
use crate::book::NIL;
use crate::grant::Want;
use crate::view::{Burden, Offer};
use crate::{Cx, Payload, Reason, Standing, Time, WaiterId};

/// Why the only endpoint serves.
pub(super) const ONLY: Reason = Reason::new("only");

impl<P: Payload> Machine<P> {
    /// The endpoint that is to serve; `None` if none can now.
    #[inline(always)]
    pub(super) fn pick(&mut self, want: &Want, now: Time) -> Option<(u32, Reason)> {
        match self.book.active[..] {
            [] => None,
            [only] => Some((only, ONLY)),
            _ => {
                let offer = Offer { idle: true, room: self.room(), burden: Burden::ANY, healthy: false, without: NIL };
                let offer = Offer { healthy: self.options.wait.strict, ..offer };
                self.ask_balance(offer, want.key, now)
            }
        }
    }

    #[inline(never)]
    pub(super) fn ask_balance(&mut self, offer: Offer, key: Option<u64>, now: Time) -> Option<(u32, Reason)> {
        let picked = self.pick_among(offer, key, now)?;
        let Standing::Eases(share) = self.book.endpoints[picked.0 as usize].standing else { return Some(picked) };
        if self.random.unit() < share {
            return Some(picked);
        }
        Some(self.pick_among(Offer { without: picked.0, ..offer }, key, now).unwrap_or(picked))
    }

    fn pick_among(&mut self, offer: Offer, key: Option<u64>, now: Time) -> Option<(u32, Reason)> {
        let cx = Cx { now, key, random: &mut self.random };
        self.judge.pick(&self.book, offer, cx)
    }

    /// A caller that waits for the endpoint picked, and no other, has its turn now: whoever comes
    /// while it waits is for the next one.
    pub(super) fn count_pick(&mut self, waiter: WaiterId, want: &Want, picked: Option<u32>, now: Time) {
        let Some(endpoint) = picked.filter(|_| self.options.wait.strict && want.endpoint.is_none()) else { return };
        self.waiters.set_picked(waiter.index);
        if self.book.active.len() > 1 {
            self.tell_served(endpoint, want, now);
            self.waiters.set_counted(waiter.index);
        }
    }

    #[inline(never)]
    pub(super) fn tell_served(&mut self, endpoint: u32, want: &Want, now: Time) {
        let id = self.book.endpoint_id(endpoint);
        let offer = Offer { idle: true, room: self.room(), burden: Burden::ANY, healthy: false, without: NIL };
        let cx = Cx { now, key: want.key, random: &mut self.random };
        self.judge.served(&self.book, offer, id, cx);
    }
}

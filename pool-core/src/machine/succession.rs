//! Policies take the place of others on a live pool, and take over what they want of their state.

use std::mem::{replace, take};

use super::Machine;
use super::policy::{Judge, guarded};
use crate::book::NIL;
use crate::{
    AcquirePolicy, Change, EvictPolicy, Named, Payload, Policies, PolicyFault, QueuePolicy, ReleasePolicy, Role, Time,
};

impl<P: Payload> Machine<P> {
    /// Puts the policies of a change into their places. What is replaced is dropped when the lock is open again.
    pub(super) fn replace_policies(&mut self, change: &mut Change, now: Time) {
        self.judge.fold_decisions(&self.book);
        let mut retired = Policies::plain();
        if let Some(new) = change.acquire.take() {
            retired.acquire = self.judge.replace_acquire(new, now);
        }
        if let Some(new) = change.release.take() {
            retired.release = self.judge.replace_release(new, now);
        }
        if let Some(new) = change.evict.take() {
            retired.evict = self.judge.replace_evict(new, now);
            self.policies_version += 1;
            // Deadlines are computed anew as connections are looked at: the reaper looks at all.
            self.next_reap = now;
            self.reap_from = NIL;
        }
        if let Some(new) = change.balance.take() {
            retired.balance = replace(&mut self.judge.policies.balance, new);
            // Last of all it inherits: what it was given for newcomers makes way for what is known of them.
            self.introduce_endpoints(now);
            self.judge.tell_balance(now, |new| new.inherit(&mut *retired.balance));
        }
        if let Some(new) = change.queue.take() {
            retired.queue = self.judge.replace_queue(new, now);
        }
        self.judge.ask_rules();
        self.begin_queue();
        if let Some(new) = change.health.take() {
            retired.health = replace(&mut self.judge.policies.health, new);
            self.begin_health(retired.health.as_mut(), now);
        }
        self.effects.retired.push(retired);
    }
}

impl Judge {
    fn replace_acquire(&mut self, new: Named<dyn AcquirePolicy>, now: Time) -> Named<dyn AcquirePolicy> {
        let mut old = replace(&mut self.policies.acquire, new);
        let new = &mut self.policies.acquire;
        let (kind, done) = (new.kind, guarded(|| new.inherit(&mut *old)));
        self.note_heir(done, Role::Acquire, kind, now);
        old
    }

    fn replace_release(&mut self, new: Named<dyn ReleasePolicy>, now: Time) -> Named<dyn ReleasePolicy> {
        let mut old = replace(&mut self.policies.release, new);
        let new = &mut self.policies.release;
        let (kind, done) = (new.kind, guarded(|| new.inherit(&mut *old)));
        self.note_heir(done, Role::Release, kind, now);
        old
    }

    fn replace_queue(&mut self, new: Option<Named<dyn QueuePolicy>>, now: Time) -> Option<Named<dyn QueuePolicy>> {
        let mut old = replace(&mut self.policies.queue, new);
        if let (Some(new), Some(old)) = (&mut self.policies.queue, &mut old) {
            let (kind, done) = (new.kind, guarded(|| new.inherit(&mut **old)));
            self.note_heir(done, Role::Queue, kind, now);
        }
        old
    }

    /// Other evict policies; gives those that go. One that is as before stays; of the others, those of a kind inherit in
    /// their order from those of it that go.
    fn replace_evict(&mut self, new: Vec<Named<dyn EvictPolicy>>, now: Time) -> Vec<Named<dyn EvictPolicy>> {
        let mut old: Vec<_> = take(&mut self.policies.evict).into_iter().map(Some).collect();
        let mut unused = Vec::new();
        let mut heirs = Vec::new();
        for (place, new) in new.into_iter().enumerate() {
            let stays = new.kept_at().and_then(|at| old.get_mut(at)).and_then(|old| take_of_kind(old, new.kind));
            match stays {
                Some(stays) => {
                    self.policies.evict.push(stays);
                    unused.push(new);
                }
                None => {
                    self.policies.evict.push(new);
                    heirs.push(place);
                }
            }
        }
        for place in heirs {
            let new = &mut self.policies.evict[place];
            let kind = new.kind;
            let Some(mut gone) = old.iter_mut().find_map(|old| take_of_kind(old, kind)) else { continue };
            let done = guarded(|| new.inherit(&mut *gone));
            self.note_heir(done, Role::Evict, kind, now);
            unused.push(gone);
        }
        unused.extend(old.into_iter().flatten());
        unused
    }

    pub(super) fn note_heir(&mut self, done: Option<()>, role: Role, kind: &'static str, now: Time) {
        if done.is_none() {
            self.faulted.push((now, role, kind, PolicyFault::Panic));
        }
    }
}

fn take_of_kind(old: &mut Option<Named<dyn EvictPolicy>>, kind: &str) -> Option<Named<dyn EvictPolicy>> {
    old.take_if(|old| old.kind == kind)
}

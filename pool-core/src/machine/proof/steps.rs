//! What can happen next.

use std::time::Duration;

use super::scenes;
use super::world::{Conn, World};
use crate::{Capacity, Change, EndpointId, ErrorClass, Outcome, Work};

impl World {
    /// Lets one thing happen; gives its name.
    pub(super) fn step(&mut self, step: u8, choice: u16) -> &'static str {
        self.note_before();
        let name = self.act(step % 64, usize::from(choice));
        self.settle();
        self.time_passed = name == "pass time";
        if name == "retain" {
            // What is looked through comes back, and then serves whoever is next.
            self.listed_before.clear();
        }
        name
    }

    fn act(&mut self, step: u8, choice: usize) -> &'static str {
        match step {
            0..14 => self.acquire_some(choice),
            14..26 => self.release_some(choice),
            26..38 => self.end_dial(choice),
            38..46 => self.end_work(choice),
            46..49 => self.cancel_some(choice),
            49..55 => self.pass_time(choice),
            55..57 => self.lose_something(choice),
            57 => self.speak_for_a_connection(choice),
            58..=60 if self.scene.ordinary && !choice.is_multiple_of(8) => self.acquire_some(choice),
            58 => self.resize(choice),
            59 => self.change_endpoints(choice),
            60 => self.reconfigure(choice),
            61 => self.retain(choice),
            62 => self.clear_or_warm(choice),
            _ => self.cancel_after_grant(choice),
        }
    }

    fn acquire_some(&mut self, choice: usize) -> &'static str {
        let endpoint = self.some_endpoint(choice);
        let bound = endpoint.filter(|_| choice.is_multiple_of(5));
        let timeout = match choice % 7 {
            0 => Duration::ZERO,
            1 => Duration::MAX,
            n => Duration::from_millis(5 * n as u64),
        };
        self.acquire(bound, timeout, choice.is_multiple_of(11), choice.is_multiple_of(13));
        "acquire"
    }

    fn some_endpoint(&self, choice: usize) -> Option<EndpointId> {
        let name = self.endpoints.get(choice % self.endpoints.len().max(1))?.name().to_owned();
        self.machine.endpoint_named(&name)
    }

    fn release_some(&mut self, choice: usize) -> &'static str {
        let outcome = match choice % 12 {
            0 => Outcome::Broken,
            1 => Outcome::Failed,
            2 => Outcome::Dead,
            3 => Outcome::Discarded,
            4 => Outcome::Panicked,
            5 => Outcome::Detached,
            _ => Outcome::Ok,
        };
        if choice.is_multiple_of(2) && !self.shares.is_empty() {
            let share = self.shares.swap_remove(choice / 2 % self.shares.len());
            self.machine.release_share(share, outcome, self.now);
            return "release a share";
        }
        if !self.leases.is_empty() {
            let entry = self.leases.swap_remove(choice / 2 % self.leases.len());
            self.machine.release(entry, outcome, choice.is_multiple_of(9), self.now);
        }
        "release"
    }

    fn end_dial(&mut self, choice: usize) -> &'static str {
        if self.tickets.is_empty() {
            return "no dial";
        }
        let ticket = self.tickets.swap_remove(choice / 8 % self.tickets.len());
        match choice % 8 {
            0 => self.machine.dial_failed(ticket, "refused", "refused".into(), ErrorClass::Transient, self.now),
            1 => self.machine.dial_failed(ticket, "denied", "denied".into(), ErrorClass::Permanent, self.now),
            _ => {
                self.conns += 1;
                let capacity = self.scene.shared.map_or(Capacity::Exclusive, Capacity::Shared);
                self.machine.dialed(ticket, Conn(self.conns), capacity, self.now);
            }
        }
        "end a dial"
    }

    fn end_work(&mut self, choice: usize) -> &'static str {
        if self.work.is_empty() {
            return "no work";
        }
        let work = self.work.swap_remove(choice / 4 % self.work.len());
        self.finish(work, !choice.is_multiple_of(4));
        "end a task"
    }

    fn cancel_some(&mut self, choice: usize) -> &'static str {
        if !self.callers.is_empty() {
            let caller = self.callers.swap_remove(choice % self.callers.len());
            self.machine.cancel(caller.id, self.now);
        }
        "cancel"
    }

    /// A caller goes away between its grant and its next poll.
    fn cancel_after_grant(&mut self, choice: usize) -> &'static str {
        if let Some(entry) = self.leases.pop() {
            self.machine.release(entry, Outcome::Ok, false, self.now);
        }
        self.cancel_some(choice);
        "cancel after a grant"
    }

    fn pass_time(&mut self, choice: usize) -> &'static str {
        self.now = self.now.after(Duration::from_micros(choice as u64));
        while self.machine.tick(self.now) {}
        self.settle();
        self.check_timeouts();
        "pass time"
    }

    fn check_timeouts(&mut self) {
        if let Some(late) = self.callers.iter().find(|caller| caller.deadline <= self.now) {
            self.complaint = Some(format!("{} waits after its deadline", late.id));
        }
        // What is due is done soon: a driver that is called again at once for ever spins.
        for _ in 0..4 {
            if self.machine.next_wake() > self.now {
                return;
            }
            while self.machine.tick(self.now) {}
            self.settle();
        }
        self.complaint = Some(format!("it is {:?}, and the next wake-up is never later: that spins", self.now));
    }

    /// A task is aborted, a lease forgotten: what they held is dropped without the lock.
    fn lose_something(&mut self, choice: usize) -> &'static str {
        match choice % 4 {
            0 => drop(self.tickets.pop()),
            1 => drop(self.work.pop().map(drop_work)),
            2 => drop(self.leases.pop()),
            _ => drop(self.shares.pop()),
        }
        self.machine.tick(self.now);
        "lose a permit"
    }

    fn speak_for_a_connection(&mut self, choice: usize) -> &'static str {
        let entry = match choice % 3 {
            0 => self.leases.first(),
            _ => None,
        };
        let handle = entry.map(|entry| entry.handle()).or_else(|| self.machine.some_handle(choice));
        if let Some(handle) = handle {
            match choice % 2 {
                0 => handle.mark_dead(),
                _ => handle.set_capacity((choice / 2 % 5) as u32),
            }
        }
        self.machine.tick(self.now);
        "a connection speaks"
    }

    fn resize(&mut self, choice: usize) -> &'static str {
        let mut options = self.scene.options.clone();
        options.limits.max_open = 1 + (choice % 6) as u32;
        options.limits.max_idle = (choice / 6).is_multiple_of(3).then_some((choice / 18 % 4) as u32);
        options.limits.min_idle = options.limits.min_idle.min(options.limits.max_idle.unwrap_or(u32::MAX));
        self.scene.options = options.clone();
        self.machine.reconfigure(Change { options: Some(options), ..Change::default() }, self.now);
        "resize"
    }

    fn change_endpoints(&mut self, choice: usize) -> &'static str {
        let weight = scenes::weight(&mut self.random);
        match choice % 3 {
            0 if !self.endpoints.is_empty() => drop(self.endpoints.swap_remove(choice / 3 % self.endpoints.len())),
            1 if !self.endpoints.is_empty() => {
                let place = choice / 3 % self.endpoints.len();
                self.endpoints[place].weight = weight;
            }
            _ => {
                let fresh = crate::Endpoint::new(format!("e{}", choice / 3 % 5)).weight(weight);
                if !self.endpoints.iter().any(|endpoint| endpoint.name() == fresh.name()) {
                    self.endpoints.push(fresh);
                }
            }
        }
        self.machine.set_endpoints(self.endpoints.clone(), self.now);
        "change the endpoints"
    }

    fn reconfigure(&mut self, choice: usize) -> &'static str {
        let policies = scenes::policies(scenes::Kinds {
            wild: choice.is_multiple_of(2),
            expiring: choice.is_multiple_of(3),
            replacing: choice.is_multiple_of(4),
            pruning: choice.is_multiple_of(5),
            moody: choice.is_multiple_of(11),
            queueing: choice.is_multiple_of(13),
        });
        let change = Change {
            options: None,
            acquire: choice.is_multiple_of(5).then_some(policies.acquire),
            release: Some(policies.release),
            evict: Some(policies.evict),
            balance: choice.is_multiple_of(7).then_some(policies.balance),
            health: (!choice.is_multiple_of(3)).then_some(policies.health),
            queue: (!choice.is_multiple_of(3)).then_some(policies.queue),
        };
        self.machine.reconfigure(change, self.now);
        "reconfigure"
    }

    fn retain(&mut self, choice: usize) -> &'static str {
        let pass = self.now;
        let mut nth = choice;
        while let Some(entry) = self.machine.take_idle(pass, self.now) {
            nth += 1;
            self.machine.retained(entry, !nth.is_multiple_of(3), self.now);
        }
        self.now = self.now.after(Duration::from_nanos(1));
        while self.machine.tick(self.now) {}
        "retain"
    }

    fn clear_or_warm(&mut self, choice: usize) -> &'static str {
        if choice.is_multiple_of(2) {
            self.machine.clear(self.now);
            "clear"
        } else {
            self.machine.warm((choice / 2 % 8) as u32, self.now);
            "warm"
        }
    }
}

fn drop_work(work: Work<Conn>) {
    drop(work);
}

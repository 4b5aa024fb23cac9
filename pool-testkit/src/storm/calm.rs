//! The calm after the storm: everybody is served, and then the pool is drained.

use std::time::Duration;

use pool_core::{Machine, PoolOptions, State};
use pool_sim::{Dial, Standing};

use super::{NAMES, Storm};
use crate::Verdict;

/// Longer than any back-off, wait or close of the storm.
const LULL: Duration = Duration::from_secs(10);

impl Storm {
    /// All is well again; what the policy does about it.
    pub(super) fn calm_down(&mut self) -> Verdict {
        self.still_the_network();
        self.send_everybody_home();
        self.sim.set_options(PoolOptions::default());
        if self.endpoints.is_empty() {
            self.join();
            self.still_the_network();
        }
        self.sim.advance(LULL);
        let served = (0..6).try_for_each(|_| self.serve_one());
        self.sim.with_machine(Machine::drain);
        self.sim.advance(LULL);
        served
    }

    fn still_the_network(&mut self) {
        let script = self.sim.script();
        for name in NAMES {
            script.dials(name, Dial::ok(Duration::from_millis(1)));
        }
        script.check = (Duration::from_millis(1), true);
        script.close = Duration::ZERO;
    }

    fn send_everybody_home(&mut self) {
        for caller in std::mem::take(&mut self.callers) {
            self.sim.cancel(caller);
            self.sim.release(caller);
        }
    }

    fn serve_one(&mut self) -> Verdict {
        let caller = self.sim.acquire();
        self.sim.advance(Duration::from_millis(100));
        let standing = self.sim.standing(caller);
        self.sim.cancel(caller);
        self.sim.release(caller);
        match standing {
            Standing::Holding(..) => Ok(()),
            Standing::Refused(kind) => Err(format!("in the calm after it a caller was refused ({})", kind.as_str())),
            _ => {
                let snapshot = self.sim.snapshot();
                let (idle, closed) = (snapshot.count(State::Idle), snapshot.counters().closed);
                let seen = format!("{idle} connections are idle, {closed} were closed");
                Err(format!("in the calm after it, with dials of 1 ms, a caller waits for 100 ms; {seen}"))
            }
        }
    }
}

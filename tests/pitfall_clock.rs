//! T26: a clock that steps back. Beside the other pitfalls, for it speaks with the machine itself.

use std::task::{Poll, Waker};
use std::time::Duration;

use pool_core::{Acquire, Change, Grant, Outcome, Plan, PoolOptions, RefusalKind, Time, Want};
use pool_sim::Sim;

fn two() -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = 2;
    options
}

#[test]
fn t26_a_clock_that_steps_back_does_no_harm() {
    let mut sim = Sim::new(Plan { options: two(), ..Plan::default() }, ["a"]);
    sim.advance(Duration::from_secs(10));
    let (held, idle) = (sim.acquire(), sim.acquire());
    sim.release(idle);
    let (past, long_past) = (Time::ZERO.after(Duration::from_secs(1)), Time::ZERO);
    let want = Want {
        endpoint: None,
        key: None,
        asked: past,
        deadline: past.after(Duration::from_millis(500)),
        again: false,
        fresh: false,
        site: None,
        context: None,
    };
    let waiter = sim.with_machine(|machine, now| {
        machine.tick(past);
        machine.set_endpoints(vec!["a".into()], past);
        machine.reconfigure(Change { options: Some(two()), ..Change::default() }, past);
        let Acquire::Granted(Grant::Entry(entry)) = machine.acquire(&want, Waker::noop(), past) else {
            panic!("one is idle")
        };
        assert!(matches!(machine.acquire(&want, Waker::noop(), long_past), Acquire::Waiting(_)), "none is left");
        // The one who waits gets it, still before it asked.
        machine.release(entry, Outcome::Ok, false, long_past);
        let Acquire::Waiting(late) = machine.acquire(&want, Waker::noop(), past) else { panic!("none is left") };
        machine.snapshot(long_past);
        machine.tick(now);
        late
    });
    let refused = sim.with_machine(|machine, now| machine.poll_wait(waiter, Waker::noop(), now));
    let Poll::Ready(Err(refusal)) = refused else { panic!("its time is over, however the clock went") };
    assert_eq!(refusal.kind, RefusalKind::Timeout);
    sim.release(held);
    let end = sim.snapshot();
    assert!(end.open() <= 2, "{}", sim.timeline());
    let timings = end.timings();
    for times in [&timings.wait, &timings.usage] {
        assert!(times.max() <= Duration::from_secs(10), "longer than there was time: {:?}", times.max());
    }
    assert_eq!(timings.usage.count(), 3, "each that came back was in use for some time: {}", sim.timeline());
    assert_eq!(Time::ZERO.since(sim.now()), Duration::ZERO);
}

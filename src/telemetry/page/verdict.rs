//! What is wrong with a pool, in words: the first thing that somebody wants to know at three in the
//! morning.

use std::time::Duration;

use pool_core::catalog::Reading;
use pool_core::{EndpointSnapshot, Holding, Lifecycle, PoolOptions, Snapshot, State};

use super::history::Minute;
use super::recent::{Kept, place};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// All is well.
    Well,
    /// Worth a look.
    Odd,
    /// Somebody is not served.
    Bad,
}

/// What is wrong with a pool; nothing, if all is well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The worst first.
    pub(super) found: Vec<(Severity, String)>,
}

/// A wait is bad when it takes more than this share of the time that it may take.
const BAD_SHARE: f64 = 0.5;
/// A wait for a dial is not worth a word when it takes less than this share of that.
const BRIEF_SHARE: f64 = 0.2;
/// And where there is no limit, or nobody knows it, when it takes longer than this.
const BAD_WAIT: Duration = Duration::from_secs(1);

impl Severity {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Severity::Well => "well",
            Severity::Odd => "odd",
            Severity::Bad => "bad",
        }
    }
}

impl Verdict {
    pub(super) fn of(
        reading: &Reading,
        minute: &Minute,
        options: Option<&PoolOptions>,
        leases: &[Holding],
        recent: &Kept,
    ) -> Verdict {
        let snapshot = reading.snapshot();
        let mut verdict = Verdict::default();
        verdict.lifecycle(snapshot);
        verdict.waiting(snapshot, options);
        verdict.refusals(minute);
        verdict.endpoints(snapshot, recent);
        verdict.resting(snapshot);
        verdict.overdue(options, leases);
        if minute.faults > 0 {
            let times = count(minute.faults, "decision", "decisions");
            verdict.say(Severity::Odd, format!("{times} of a policy overruled in the last minute"));
        }
        verdict.found.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        verdict
    }

    /// How bad it is in the whole.
    pub(super) fn severity(&self) -> Severity {
        self.found.first().map_or(Severity::Well, |(severity, _)| *severity)
    }

    /// What is wrong in one line.
    pub(super) fn text(&self) -> String {
        let told: Vec<&str> = self.found.iter().map(|(_, text)| text.as_str()).collect();
        told.join("; ")
    }

    fn say(&mut self, severity: Severity, text: String) {
        self.found.push((severity, text));
    }

    fn lifecycle(&mut self, snapshot: &Snapshot) {
        let out = count(snapshot.leases.into(), "lease", "leases");
        match snapshot.lifecycle {
            Lifecycle::Open => {}
            Lifecycle::Draining => self.say(Severity::Odd, format!("draining, {out} still out")),
            Lifecycle::Closed if snapshot.open() > 0 => self.say(Severity::Odd, format!("closed, {out} still out")),
            Lifecycle::Closed => self.say(Severity::Odd, "closed".to_owned()),
        }
    }

    fn waiting(&mut self, snapshot: &Snapshot, options: Option<&PoolOptions>) {
        let (used, most) = (snapshot.count(State::Leased), snapshot.max_open);
        let all = match used >= most {
            true => format!("all {} used", count(most.into(), "connection", "connections")),
            false if snapshot.open() >= most => {
                format!("all {} open, {used} used", count(most.into(), "connection", "connections"))
            }
            false => format!("{used} of {} used", count(most.into(), "connection", "connections")),
        };
        if snapshot.pending == 0 {
            if used >= most && snapshot.lifecycle == Lifecycle::Open {
                self.say(Severity::Odd, format!("{all}, nobody waits yet"));
            }
            return;
        }
        let longest = snapshot.oldest_wait.unwrap_or_default();
        let limit = options.map(|options| options.wait.timeout).filter(|limit| !limit.is_never());
        let bad = limit.map_or(BAD_WAIT, |limit| limit.get().mul_f64(BAD_SHARE));
        let callers = count(snapshot.pending.into(), "caller waits", "callers wait");
        let of = limit.map_or_else(String::new, |limit| format!(" of {} allowed", words(limit.get())));
        let severity = if longest >= bad { Severity::Bad } else { Severity::Odd };
        // A dial is under way, and it is no long wait: that is what a pool does.
        if used < most && longest < bad.mul_f64(BRIEF_SHARE) {
            return;
        }
        self.say(severity, format!("{callers}, {all}; longest wait {}{of}", words(longest)));
    }

    fn refusals(&mut self, minute: &Minute) {
        let refused: u64 = minute.refused.values().sum();
        if refused > 0 {
            let by: Vec<_> = minute.refused.iter().map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
            let acquires = count(refused, "acquire", "acquires");
            self.say(Severity::Bad, format!("{acquires} refused in the last minute ({})", by.join(", ")));
        }
    }

    fn endpoints(&mut self, snapshot: &Snapshot, recent: &Kept) {
        if snapshot.lifecycle != Lifecycle::Open {
            return;
        }
        let active: Vec<&EndpointSnapshot> = snapshot.endpoints.iter().filter(|endpoint| endpoint.active).collect();
        let sick: Vec<&EndpointSnapshot> =
            active.iter().copied().filter(|endpoint| endpoint.broken || !endpoint.healthy).collect();
        let names = names(&sick);
        // One error tells most of the story; several would bury it.
        let error = sick.iter().find_map(|endpoint| recent.last_dial_error(endpoint.endpoint.name()));
        let error = error.map_or_else(String::new, |error| format!(" ({error})"));
        let (severity, text) = match (active.len(), sick.len()) {
            (0, _) => (Severity::Bad, "there is no endpoint".to_owned()),
            (_, 0) => return,
            (1, 1) => (Severity::Bad, format!("the only endpoint, {names}, cannot be dialed{error}")),
            (all, some) if all == some => (Severity::Bad, format!("none of {all} endpoints can be dialed{error}")),
            (all, some) => (Severity::Odd, format!("{some} of {all} endpoints cannot be dialed: {names}{error}")),
        };
        self.say(severity, text);
    }

    fn resting(&mut self, snapshot: &Snapshot) {
        let active = snapshot.endpoints.iter().filter(|endpoint| endpoint.active);
        let resting: Vec<&EndpointSnapshot> = active.clone().filter(|endpoint| endpoint.resting).collect();
        if !resting.is_empty() && snapshot.lifecycle == Lifecycle::Open {
            let (some, all) = (resting.len(), active.count());
            let rest = if some == 1 { "rests" } else { "rest" };
            let names = names(&resting);
            self.say(Severity::Odd, format!("{some} of {all} endpoints {rest}, for their leases fail: {names}"));
        }
    }

    fn overdue(&mut self, options: Option<&PoolOptions>, leases: &[Holding]) {
        let Some(after) = options.map(|options| options.lease.overdue_after).filter(|after| !after.is_never()) else {
            return;
        };
        let overdue = leases.iter().filter(|lease| lease.held_for > after.get());
        let Some(oldest) = overdue.clone().max_by_key(|lease| lease.held_for) else { return };
        let leases = count(overdue.count() as u64, "lease is", "leases are");
        let (after, held, site) = (words(after.get()), words(oldest.held_for), place(oldest.site));
        self.say(Severity::Odd, format!("{leases} held for longer than {after}, the oldest for {held} since {site}"));
    }
}

/// The names of some endpoints: three at most.
fn names(endpoints: &[&EndpointSnapshot]) -> String {
    let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.endpoint.name()).take(3).collect();
    let (names, more) = (names.join(", "), endpoints.len().saturating_sub(3));
    if more > 0 { format!("{names} and {more} more") } else { names }
}

/// What is said of all pools together when nothing is wrong.
pub(super) fn all_is_well<'a>(readings: impl Iterator<Item = &'a Reading>) -> String {
    let (mut pools, mut used, mut most) = (0, 0, 0);
    for reading in readings {
        pools += 1;
        used += u64::from(reading.snapshot().count(State::Leased));
        most += u64::from(reading.snapshot().max_open);
    }
    match pools {
        0 => "No pool is watched yet.".to_owned(),
        _ => {
            let (pools, most) = (count(pools, "pool", "pools"), count(most, "connection", "connections"));
            format!("All is well: {pools}, {used} of {most} used, nobody waits too long.")
        }
    }
}

fn count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A duration as people say it: two digits and a unit.
fn words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let short = |value: f64, unit: &str| {
        let digits = usize::from(value < 9.95 && value > 0.0);
        let text = format!("{value:.digits$}");
        format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    match seconds {
        s if s < 0.000_999_5 => short(s * 1e6, "µs"),
        s if s < 0.999_5 => short(s * 1e3, "ms"),
        s if s < 99.5 => short(s, "s"),
        s if s < 5_400.0 => short(s / 60.0, "min"),
        s if s < 129_600.0 => short(s / 3_600.0, "h"),
        s => short(s / 86_400.0, "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_two_digits_and_a_unit() {
        let said = [
            (Duration::ZERO, "0 µs"),
            (Duration::from_micros(250), "250 µs"),
            (Duration::from_micros(1_240), "1.2 ms"),
            (Duration::from_millis(340), "340 ms"),
            (Duration::from_millis(1_200), "1.2 s"),
            (Duration::from_secs(2), "2 s"),
            (Duration::from_secs(42), "42 s"),
            (Duration::from_secs(600), "10 min"),
            (Duration::from_secs(7_200), "2 h"),
            (Duration::from_secs(864_000), "10 days"),
        ];
        for (duration, text) in said {
            assert_eq!(words(duration), text, "{duration:?}");
        }
    }
}

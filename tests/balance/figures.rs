//! What is counted of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::world::{FAILING, GOOD, JOINS, LATE, RUN, SLOW};

/// What is counted of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Figures {
    /// Leases by endpoint.
    leases: BTreeMap<String, u32>,
    /// Leases since the late endpoint has joined.
    since_it_joined: u32,
    /// Leases whose clients had to wait for them.
    waited: u32,
    failed: u32,
    refused: u32,
    /// From asking to giving back, of those that went well.
    took: Vec<Duration>,
}

impl Figures {
    pub(crate) fn began(&mut self, endpoint: &str, waited: Duration, joined: bool) {
        *self.leases.entry(endpoint.to_owned()).or_default() += 1;
        self.since_it_joined += u32::from(joined);
        self.waited += u32::from(!waited.is_zero());
    }

    pub(crate) fn ended(&mut self, took: Duration, well: bool) {
        if well { self.took.push(took) } else { self.failed += 1 }
    }

    pub(crate) fn refused(&mut self) {
        self.refused += 1;
    }

    /// Leases that went well, a second.
    pub(crate) fn good_a_second(&self) -> f64 {
        self.took.len() as f64 / RUN.as_secs_f64()
    }

    /// So long took this part of the leases that went well, or less: 0.5 is the median.
    pub(crate) fn took(&self, part: f64) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        let at = (took.len() as f64 * part) as usize;
        took.get(at.min(took.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// The part of calls that failed, in per cent; refused ones too.
    pub(crate) fn errors(&self) -> f64 {
        percent(self.failed + self.refused, self.took.len() as u32 + self.failed + self.refused)
    }

    /// The part of leases that were waited for.
    pub(crate) fn waited(&self) -> f64 {
        percent(self.waited, self.all())
    }

    pub(crate) fn slow(&self) -> f64 {
        percent(self.of(SLOW), self.all())
    }

    pub(crate) fn failing(&self) -> f64 {
        percent(self.of(FAILING), self.all())
    }

    /// The late one's part of the leases since it has joined.
    pub(crate) fn late(&self) -> f64 {
        percent(self.of(LATE), self.since_it_joined)
    }

    /// The least and the greatest share of the good ones.
    pub(crate) fn good(&self) -> (f64, f64) {
        let shares = GOOD.map(|name| percent(self.of(name), self.all()));
        shares.into_iter().fold((100.0, 0.0), |(least, most), share| (share.min(least), share.max(most)))
    }

    fn of(&self, endpoint: &str) -> u32 {
        self.leases.get(endpoint).copied().unwrap_or_default()
    }

    fn all(&self) -> u32 {
        self.leases.values().sum()
    }
}

/// What a share comes to that is even over the whole run, in per cent: one of nine, then one of ten.
pub(crate) fn even() -> f64 {
    let (before, after) = (JOINS.as_secs_f64(), (RUN - JOINS).as_secs_f64());
    100.0 * (before / 9.0 + after / 10.0) / RUN.as_secs_f64()
}

fn percent(part: u32, of: u32) -> f64 {
    100.0 * f64::from(part) / f64::from(of.max(1))
}

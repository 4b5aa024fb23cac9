//! Measures: what is asked of pools, said once for dashboards and rules alike.

mod problems;

use pool_core::catalog::{Attribute, Metric};
use pool_core::{CloseReason, RefusalKind, State};

use crate::promql::label::{
    DELIVERY, EACH_POOL, ENDPOINT, ENDPOINT_STATUS, INSTANCE, JOB, PATH, POLICY, POOL, REFUSAL, STATE,
};
use crate::promql::{Label, Query, RATE_INTERVAL, Series, max, quantile, sum};

/// Which series are looked at, and over what window rates are taken.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Whether only what the dashboard's variables have chosen.
    chosen: bool,
    /// Whether only the pools that they have chosen, on a dashboard that can.
    chosen_pools: bool,
    /// Whether only the endpoints that they have chosen, on a dashboard that can.
    chosen_endpoints: bool,
    /// The window of rates.
    pub window: &'static str,
}

/// What the variables of a dashboard have chosen.
pub const CHOSEN: Scope = Scope { chosen: true, chosen_pools: true, chosen_endpoints: false, window: RATE_INTERVAL };
/// The same where only processes can be chosen, and no pools.
pub const CHOSEN_PROCESSES: Scope = Scope { chosen_pools: false, ..CHOSEN };
/// The same, and of what has an endpoint, only the chosen ones.
pub const CHOSEN_ENDPOINTS: Scope = Scope { chosen_endpoints: true, ..CHOSEN };
/// Every series there is, for rules: over five minutes, which are long enough for four scrapes a minute apart.
pub const EVERY: Scope = Scope { chosen: false, chosen_pools: false, chosen_endpoints: false, window: "5m" };

impl Scope {
    /// The series of a metric.
    pub fn of(self, metric: Metric) -> Series {
        let series = Series::of(metric);
        if !self.chosen {
            return series;
        }
        let mut series = series.matches(JOB, "$job").matches(INSTANCE, "$instance");
        if self.chosen_pools && metric.attributes().contains(&Attribute::Pool) {
            series = series.matches(POOL, "$pool");
        }
        if self.chosen_endpoints && metric.attributes().contains(&Attribute::Endpoint) {
            series = series.matches(ENDPOINT, "$endpoint");
        }
        series
    }

    /// How much a counter grows a second, by these labels.
    pub fn rate(self, labels: &[Label], counter: Metric) -> Query {
        sum(labels, self.of(counter).rate(self.window))
    }

    /// Connections in a state, by these labels.
    pub fn connections(self, labels: &[Label], state: State) -> Query {
        sum(labels, self.of(Metric::ConnectionCount).is(STATE, state.as_str()).now())
    }

    /// Callers that wait, by these labels.
    pub fn waiting(self, labels: &[Label]) -> Query {
        sum(labels, self.of(Metric::PendingRequests).now())
    }

    /// The most connections there may be, by these labels.
    pub fn most(self, labels: &[Label]) -> Query {
        sum(labels, self.of(Metric::ConnectionMax).now())
    }

    /// The share of the connections there may be that is used, by these labels.
    pub fn used_share(self, labels: &[Label]) -> Query {
        self.connections(labels, State::Leased).over(self.most(labels))
    }

    /// One for each pool that is saturated, which is proved by two facts together: callers wait, and every
    /// connection there may be is used. Zero for the others.
    pub fn saturated(self) -> Query {
        let full = self.connections(EACH_POOL, State::Leased).is_at_least(self.most(EACH_POOL));
        self.waiting(EACH_POOL).is_above(0.0).times(full)
    }

    /// Leases granted a second, by these labels.
    pub fn leases(self, labels: &[Label]) -> Query {
        self.rate(labels, Metric::Acquires)
    }

    /// The share of the leases that found a connection ready, by these labels.
    pub fn ready_share(self, labels: &[Label]) -> Query {
        let ready = self.of(Metric::Acquires).is(PATH, Attribute::READY).rate(self.window);
        sum(labels, ready).over(self.leases(labels))
    }

    /// Refusals a second, by these labels; those of a pool that is closed are no fault of it.
    pub fn refused(self, labels: &[Label]) -> Query {
        sum(labels, self.of(Metric::Refusals).is_not(REFUSAL, RefusalKind::Closed.as_str()).rate(self.window))
    }

    /// The share of the acquires that was refused, by these labels.
    pub fn refused_share(self, labels: &[Label]) -> Query {
        self.refused(labels).over(self.refused(labels).plus(self.leases(labels)))
    }

    /// A quantile of a histogram, by these labels.
    pub fn quantile(self, of: f64, labels: &[Label], histogram: Metric) -> Query {
        quantile(of, labels, self.of(histogram), self.window)
    }

    /// A quantile of the waits as a share of the wait time-out, by these labels. Zero without a time-out.
    pub fn wait_share(self, of: f64, labels: &[Label]) -> Query {
        let timeout = max(labels, self.of(Metric::WaitTimeout).now());
        self.quantile(of, labels, Metric::WaitTime).over(timeout)
    }

    /// Dials for each lease, by these labels: how far from reuse the pool is.
    pub fn dials_per_lease(self, labels: &[Label]) -> Query {
        self.rate(labels, Metric::Dials).over(self.leases(labels))
    }

    /// The size that the pool needs, for whichever target needs more, as a share of the one it has.
    pub fn needed_share(self) -> Query {
        max(EACH_POOL, self.of(Metric::ConnectionNeeded).now()).over(self.most(EACH_POOL))
    }

    /// Closes that a policy decided, a second, by these labels.
    pub fn evictions(self, labels: &[Label]) -> Query {
        sum(labels, self.of(Metric::Closes).is_not(POLICY, CloseReason::POOL).rate(self.window))
    }

    /// Closes that the pool itself decided, a second, by these labels.
    pub fn closes_by_the_pool(self, labels: &[Label]) -> Query {
        sum(labels, self.of(Metric::Closes).is(POLICY, CloseReason::POOL).rate(self.window))
    }

    /// The share of its pool's leases that each endpoint serves. The labels are those of a pool, of whose
    /// endpoints all count, also those that are not shown.
    pub fn share(self, pool: &[Label]) -> Query {
        self.leases(&with_endpoint(pool)).over_each(pool, self.of_all_endpoints().leases(pool))
    }

    /// The share of its pool's leases that each endpoint should serve, by its weight.
    pub fn weight_share(self, pool: &[Label]) -> Query {
        let weight = |scope: Scope, labels: &[Label]| sum(labels, scope.of(Metric::EndpointWeight).now());
        weight(self, &with_endpoint(pool)).over_each(pool, weight(self.of_all_endpoints(), pool))
    }

    fn of_all_endpoints(self) -> Scope {
        Scope { chosen_endpoints: false, ..self }
    }

    /// Endpoints that have this status, by these labels.
    pub fn endpoints(self, labels: &[Label], status: &str) -> Query {
        sum(labels, self.of(Metric::EndpointStatus).is(ENDPOINT_STATUS, status).now())
    }

    /// The share that was lost on the way to the collector, of exports or of spans, by these labels.
    pub fn lost_share(self, labels: &[Label], of: Metric) -> Query {
        let lost = self.of(of).is(DELIVERY, Attribute::LOST).rate(self.window);
        sum(labels, lost).over(self.rate(labels, of))
    }
}

fn with_endpoint(pool: &[Label]) -> Vec<Label> {
    pool.iter().copied().chain([ENDPOINT]).collect()
}

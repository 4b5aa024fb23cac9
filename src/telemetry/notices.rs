//! Notable events as `tracing` events, so that plain logs tell the story.

use std::panic::Location;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::catalog::{Notice, SCOPE};
use pool_core::{Event, Observer, RefusalKind, Time, TraceContext, What};
use tracing::Level;

/// The pause between two notices of a kind that can come in floods.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells of what is notable as `tracing` events with the target `clearpool`.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    floods: Mutex<Vec<Flood>>,
}

/// One kind of notice of one pool that can come in floods.
#[derive(Debug)]
struct Flood {
    pool: Box<str>,
    notice: Notice,
    refusal: Option<RefusalKind>,
    told: Time,
    suppressed: u64,
}

/// An event of the catalog: its name and level from there, its fields as the macro wants them.
macro_rules! tell {
    ($notice:ident, $level:ident, { $($fields:tt)* }, $($message:tt)+) => {{
        const _: () = assert!(
            matches!(Notice::$notice.level(), pool_core::catalog::Level::$level),
            "the level is the catalog's"
        );
        tracing::event!(
            name: Notice::$notice.name(), target: SCOPE, level_of!($level), { $($fields)* }, $($message)+
        );
    }};
}

macro_rules! level_of {
    (Error) => {
        Level::ERROR
    };
    (Warn) => {
        Level::WARN
    };
    (Info) => {
        Level::INFO
    };
    (Debug) => {
        Level::DEBUG
    };
}

impl Observer for Notices {
    /// The log is for what is notable.
    fn wants_leases(&self) -> bool {
        false
    }

    fn event(&self, pool: &str, event: &Event, _: Time) {
        match &event.what {
            What::Refused { kind, waited, context, .. } => self.refused(pool, event.at, *kind, *waited, *context),
            What::DialFailed { .. } => self.dial_failed(pool, event),
            What::PolicyFaulted { .. } => self.policy_faulted(pool, event),
            What::LeaseOverdue { .. } => overdue(pool, &event.what),
            What::Dialed { .. } | What::Checked { .. } | What::Reset { .. } | What::Evicted { .. } => {
                of_connection(pool, &event.what);
            }
            What::BreakerOpened { .. }
            | What::BreakerClosed { .. }
            | What::EndpointRests { .. }
            | What::EndpointServes { .. }
            | What::EndpointJoined { .. }
            | What::EndpointChanged { .. }
            | What::EndpointLeft { .. } => of_endpoint(pool, &event.what),
            what => of_pool(pool, what),
        }
    }
}

impl Notices {
    fn refused(&self, pool: &str, at: Time, kind: RefusalKind, waited: Duration, context: Option<TraceContext>) {
        let Some(suppressed) = self.permit(pool, Notice::Refused, Some(kind), at) else { return };
        let reason = kind.as_str();
        let waited = waited.as_secs_f64();
        let trace = context.and_then(trace_id);
        tell!(Refused, Warn,
            { pool.name = pool, pool.refusal = reason, pool.waited = waited, pool.trace_id = trace,
              pool.suppressed = suppressed },
            "an acquire was refused: {}", explain(kind));
    }

    fn dial_failed(&self, pool: &str, event: &Event) {
        let What::DialFailed { endpoint, took, class, error, retry_in, .. } = &event.what else { return };
        let Some(suppressed) = self.permit(pool, Notice::DialFailed, None, event.at) else { return };
        tell!(DialFailed, Warn,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.error.class = class.as_str(),
              pool.error = %error, pool.took = took.as_secs_f64(), pool.retry_in = retry_in.as_secs_f64(),
              pool.suppressed = suppressed },
            "a dial failed");
    }

    fn policy_faulted(&self, pool: &str, event: &Event) {
        let What::PolicyFaulted { role, policy, fault } = &event.what else { return };
        let Some(suppressed) = self.permit(pool, Notice::PolicyFaulted, None, event.at) else { return };
        tell!(PolicyFaulted, Error,
            { pool.name = pool, pool.role = role.as_str(), pool.policy = *policy, pool.fault = fault.as_str(),
              pool.error = asides(), pool.suppressed = suppressed },
            "a policy was overruled by a safe default");
    }

    /// Whether a notice that can come in floods may be told now, and how many were left out before.
    fn permit(&self, pool: &str, notice: Notice, refusal: Option<RefusalKind>, at: Time) -> Option<u64> {
        let mut floods = self.floods.lock();
        let known =
            floods.iter_mut().find(|flood| flood.notice == notice && flood.refusal == refusal && *flood.pool == *pool);
        let Some(flood) = known else {
            floods.push(Flood { pool: pool.into(), notice, refusal, told: at, suppressed: 0 });
            return Some(0);
        };
        // Another pool of this name has a clock of its own, which may be behind.
        if at >= flood.told && at.since(flood.told) < PAUSE {
            flood.suppressed += 1;
            return None;
        }
        flood.told = at;
        Some(std::mem::take(&mut flood.suppressed))
    }
}

/// What policies had to say for themselves, that could not be told under a pool's lock; `None` if nothing.
fn asides() -> Option<String> {
    let said = crate::plugins::asides();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Why an acquire was refused, as a sentence has it.
pub(super) fn explain(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Timeout => "no connection came in time",
        RefusalKind::Dial => "dials fail, and no connection is left",
        RefusalKind::Exhausted => "all connections are in use",
        RefusalKind::QueueFull => "too many wait already",
        RefusalKind::TurnedAway => "the queue policy turned it away",
        RefusalKind::NoEndpoint => "there is no endpoint that could serve",
        RefusalKind::Closed => "the pool is closed",
        _ => "see the reason",
    }
}

/// The trace in hexadecimal; none where there is only a `tracing` span.
fn trace_id(context: TraceContext) -> Option<String> {
    let id = u128::from_be_bytes(context.trace_id);
    (id != 0).then(|| format!("{id:032x}"))
}

fn overdue(pool: &str, what: &What) {
    let What::LeaseOverdue { entry, endpoint, held_for, site, context } = what else { return };
    let trace = context.and_then(trace_id);
    tell!(LeaseOverdue, Warn,
        { pool.name = pool, pool.endpoint = endpoint.name(), pool.connection = %entry,
          pool.held_for = held_for.as_secs_f64(), code.file.path = site.map(Location::file),
          code.line.number = site.map(Location::line), pool.trace_id = trace },
        "a lease is held for longer than it should be");
}

fn of_connection(pool: &str, what: &What) {
    match what {
        What::Dialed { entry, endpoint, took, .. } => tell!(Dialed, Debug,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.connection = %entry,
              pool.took = took.as_secs_f64() },
            "a connection was made"),
        What::Checked { entry, endpoint, error: Some(error), took } => tell!(CheckFailed, Info,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.connection = %entry,
              pool.error = %error, pool.took = took.as_secs_f64() },
            "a check failed; the connection is closed"),
        What::Reset { entry, endpoint, error: Some(error), took } => tell!(ResetFailed, Info,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.connection = %entry,
              pool.error = %error, pool.took = took.as_secs_f64() },
            "a reset failed; the connection is closed"),
        What::Evicted { entry, endpoint, why, age, uses, .. } => tell!(Evicted, Debug,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.connection = %entry,
              pool.policy = why.policy, pool.reason = why.reason.as_str(), pool.age = age.as_secs_f64(),
              pool.uses = *uses },
            "a connection was taken out of service"),
        _ => {}
    }
}

fn of_endpoint(pool: &str, what: &What) {
    match what {
        What::BreakerOpened { endpoint, failures } => tell!(BreakerOpened, Warn,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.failures = *failures },
            "the endpoint is sick: its dials fail"),
        What::BreakerClosed { endpoint } => tell!(BreakerClosed, Info,
            { pool.name = pool, pool.endpoint = endpoint.name() }, "the endpoint is well again"),
        What::EndpointRests { endpoint, policy, reason } => tell!(EndpointRests, Warn,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.policy = *policy, pool.reason = reason.as_str() },
            "the endpoint rests: its leases fail"),
        What::EndpointServes { endpoint, policy, reason } => tell!(EndpointServes, Info,
            { pool.name = pool, pool.endpoint = endpoint.name(), pool.policy = *policy, pool.reason = reason.as_str() },
            "the endpoint takes load again"),
        What::EndpointJoined { endpoint } => tell!(EndpointJoined, Info,
            { pool.name = pool, pool.endpoint = endpoint.name() }, "an endpoint joined"),
        What::EndpointChanged { endpoint } => tell!(EndpointChanged, Info,
            { pool.name = pool, pool.endpoint = endpoint.name() }, "an endpoint changed"),
        What::EndpointLeft { endpoint } => tell!(EndpointLeft, Info,
            { pool.name = pool, pool.endpoint = endpoint.name() }, "an endpoint left"),
        _ => {}
    }
}

fn of_pool(pool: &str, what: &What) {
    match what {
        What::Reconfigured { generation } => tell!(Reconfigured, Info,
            { pool.name = pool, pool.config.generation = *generation }, "the pool was reconfigured"),
        What::Cleared => tell!(Cleared, Info, { pool.name = pool }, "the pool was cleared; a new generation began"),
        What::Draining => tell!(Draining, Info, { pool.name = pool }, "the pool is draining"),
        What::Drained => tell!(Drained, Info, { pool.name = pool }, "the pool is drained"),
        _ => {}
    }
}

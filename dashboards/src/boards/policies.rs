//! *Policies*: which policy decided what, and why.

use pool_core::Role;
use pool_core::catalog::{Metric, Span};

use crate::dashboard::Dashboard;
use crate::measure::CHOSEN;
use crate::panel::Color::Bad;
use crate::panel::{Panel, Unit};
use crate::promql::label::{FAULT, POLICY, POOL, REASON, ROLE};
use crate::promql::{Query, sum};
use crate::variable::Variable;

/// The dashboard.
pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        name: "policies",
        title: "Clearpool / Policies",
        answers: "Who decided that? Decisions by role, policy and reason; closes by who ordered them; faults.",
        variables: Variable::of_pools(),
        panels: vec![
            decisions(),
            faults_now(),
            closes_now(),
            of_role(Role::Acquire),
            of_role(Role::Balance),
            of_role(Role::Release),
            of_role(Role::Evict),
            of_role(Role::Health),
            of_role(Role::Queue),
            table(),
            closes(),
            faults(),
        ],
    }
}

fn decided(role: Role) -> Query {
    let decisions = CHOSEN.of(Metric::PolicyDecisions).is(ROLE, role.as_str());
    sum(&[POOL, POLICY, REASON], decisions.rate(CHOSEN.window))
}

fn decisions() -> Panel {
    Panel::bars("Decisions by role", Unit::PerSecond)
        .shows("How often each role's policies decide, a second.")
        .when_bad("Evict near acquire: connections live for one lease only; see *Closes by policy and reason*.")
        .query(CHOSEN.rate(&[ROLE], Metric::PolicyDecisions), "{{role}}")
        .size(12, 5)
}

fn faults_now() -> Panel {
    Panel::stat("Faults", Unit::PerSecond)
        .shows("Decisions that were overruled, since the policy panicked or answered what was not on offer, a second.")
        .when_bad("The pool goes on with a safe default; the policy has a bug. *Faults by policy* names it.")
        .query(CHOSEN.rate(&[], Metric::PolicyFaults), "faults")
        .may_be_empty("no policy has failed")
        .steps(&[(0.000_001, Bad)])
        .size(6, 5)
}

fn closes_now() -> Panel {
    Panel::stat("Closes ordered by policies", Unit::PerSecond)
        .shows("Connections that a policy took out of service, a second.")
        .when_bad("See *Closes by policy and reason* for which policy orders them.")
        .query(CHOSEN.evictions(&[]), "by policies")
        .may_be_empty("no policy has closed anything")
        .size(6, 5)
}

fn of_role(role: Role) -> Panel {
    let (title, shows, when_bad) = match role {
        Role::Acquire => (
            "Acquire: which connection is handed out",
            "The acquire policies' words for their choice of a connection, a second.",
            "Far fewer than leases: those connections were handed straight to callers that waited, and nobody had to \
             choose. See *Pool › Saturation*.",
        ),
        Role::Balance => (
            "Balance: which endpoint serves",
            "The balance policies' words for their choice of an endpoint, a second.",
            "Another reason than usual explains another share: see *Endpoints › Share and weight*.",
        ),
        Role::Release => (
            "Release: what becomes of a connection",
            "The release policies' words for what becomes of a returned connection, a second.",
            "Much besides `keep`: connections are thrown away at their return; see *Pool › Churn*.",
        ),
        Role::Evict => (
            "Evict: which connections must go",
            "The evict policies' words for why a connection must go, a second.",
            "A wave that comes again and again: connections are of the same age; give the policy more jitter.",
        ),
        Role::Health => (
            "Health: which endpoints rest",
            "The health policies' words for why an endpoint rests, comes back or serves again, a second.",
            "The same endpoint goes and comes again and again: it is sick, and half well in between. See *Endpoints*.",
        ),
        Role::Queue => (
            "Queue: who of those who wait is next",
            "The queue policies' words for who is served next, or turned away, a second.",
            "Callers are turned away: the pool is overloaded. See *Pool › Saturation*.",
        ),
    };
    let panel = Panel::chart(title, Unit::PerSecond)
        .shows(shows)
        .when_bad(when_bad)
        .query(decided(role), "{{pool}} {{policy}}: {{reason}}")
        .stacked();
    match role {
        Role::Evict => panel.may_be_empty("no evict policy has decided anything").spans(Span::Evict),
        Role::Balance => panel.may_be_empty("a pool with one endpoint asks no balance policy"),
        Role::Health => panel.may_be_empty("no pool has a health policy, or none has said anything"),
        Role::Queue => panel.may_be_empty("no pool has a queue policy, or nobody has waited"),
        _ => panel,
    }
}

fn table() -> Panel {
    Panel::table("Decisions by role, policy and reason")
        .shows("Every reason that was given, and how often, a second.")
        .when_bad(
            "A reason that you do not know is in the policy's documentation: `clearpool list` names the policies. \
             `other` stands for those beyond the 256 that are told apart.",
        )
        .column("Decisions", Unit::PerSecond, CHOSEN.rate(&[POOL, ROLE, POLICY, REASON], Metric::PolicyDecisions))
        .sorted_by("Decisions")
}

fn closes() -> Panel {
    Panel::chart("Closes by policy and reason", Unit::PerSecond)
        .shows("Connections taken out of service, a second, by who decided it and why; `pool` is the pool itself.")
        .when_bad("The tallest band is the one whose option to change: see the policy's documentation for its words.")
        .query(CHOSEN.rate(&[POOL, POLICY, REASON], Metric::Closes), "{{pool}} {{policy}}: {{reason}}")
        .may_be_empty("no connection was closed")
        .stacked()
        .spans(Span::Close)
}

fn faults() -> Panel {
    let labels = [POOL, ROLE, POLICY, FAULT];
    Panel::chart("Faults by policy", Unit::PerSecond)
        .shows("Decisions that were overruled, a second: `panic`, or `impossible`: an answer that was not on offer.")
        .when_bad("Report it to the policy's author, with the notice `pool.policy_faulted` from the log.")
        .query(CHOSEN.rate(&labels, Metric::PolicyFaults), "{{pool}} {{role}} {{policy}}: {{fault}}")
        .may_be_empty("no policy has failed")
}

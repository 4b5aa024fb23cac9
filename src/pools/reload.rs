//! Changing live pools: the whole new plan is made aside, then put in place.

use std::collections::BTreeMap;
use std::fmt;

use pool_core::{Change, Endpoint};

use super::{Member, Pools, StartError};
use crate::config::{Chosen, Source};
use crate::{Config, ConfigError, PoolConfig};

/// What a reload will do to one pool.
enum Step {
    Start(Box<Member>),
    Change(Box<NewPlan>),
    Stop,
}

/// What a live pool becomes.
struct NewPlan {
    change: Change,
    endpoints: Option<Vec<Endpoint>>,
    config: PoolConfig,
}

/// What a reload will do, by pool, and how that is told.
#[derive(Default)]
struct Steps {
    steps: Vec<(String, Step)>,
    told: Vec<String>,
}

impl Pools {
    /// Makes the pools what another configuration says, and tells what was changed, a line each.
    ///
    /// Connections survive, and so does the state of policies that stay as they were. Pools that
    /// the configuration no longer has are closed, those that it has anew are started. The telemetry
    /// stays as it was started; that it is asked to be another is told. What is odd about the
    /// configuration is logged.
    ///
    /// # Errors
    /// If anything about it cannot be done; then nothing is changed.
    pub fn reload(&self, config: &Config) -> Result<Vec<String>, ReloadError> {
        let mut members = self.inner.members.lock();
        let Steps { steps, mut told } = self.steps(&members, config)?;
        for (name, step) in steps {
            self.take(&mut members, name, step);
        }
        told.extend(self.inner.origin.lock().becomes(config));
        // Of pools that stay as they were, too: their values may stand in other lines now.
        for (name, member) in members.iter().filter(|(name, member)| config.pools.get(*name) == Some(&member.config)) {
            *member.explained.lock() = config.explain_pool(name);
        }
        Ok(told)
    }

    /// Everything that may fail, before anything is touched.
    fn steps(&self, members: &BTreeMap<String, Member>, config: &Config) -> Result<Steps, ReloadError> {
        let Steps { mut steps, mut told } = Steps::default();
        for (name, wanted) in &config.pools {
            let Some(member) = members.get(name) else {
                steps
                    .push((name.clone(), Step::Start(Box::new(self.build(name, wanted).map_err(ReloadError::Start)?))));
                told.push(format!("{name}: started"));
                continue;
            };
            let differences = differences(name, &member.config, wanted);
            if differences.is_empty() {
                continue;
            }
            told.extend(differences);
            steps.push((name.clone(), self.change(name, member, wanted)?));
        }
        for name in members.keys().filter(|name| !config.pools.contains_key(*name)) {
            steps.push((name.clone(), Step::Stop));
            told.push(format!("{name}: closed, for the configuration no longer has it"));
        }
        Ok(Steps { steps, told })
    }

    fn change(&self, name: &str, member: &Member, wanted: &PoolConfig) -> Result<Step, ReloadError> {
        let live = &member.config;
        let cannot = |what: &'static str| ReloadError::NeedsRestart { pool: name.to_owned(), what };
        if wanted.connector != live.connector {
            return Err(cannot("connector"));
        }
        let endpoints = match (&live.source, &wanted.source) {
            (before, after) if before == after => None,
            (Source::Endpoints(_), Source::Endpoints(endpoints)) => Some(endpoints.clone()),
            _ => return Err(cannot("discovery")),
        };
        let change = wanted
            .change_from(live, &self.inner.app.policies)
            .map_err(|mistake| ReloadError::Start(StartError { pool: name.to_owned(), mistakes: vec![mistake] }))?;
        Ok(Step::Change(Box::new(NewPlan { change, endpoints, config: wanted.clone() })))
    }

    /// What cannot fail any more: it was checked when the configuration was read.
    fn take(&self, members: &mut BTreeMap<String, Member>, name: String, step: Step) {
        match step {
            Step::Start(member) => {
                self.watch(&member);
                members.insert(name, *member);
            }
            Step::Change(plan) => {
                let NewPlan { change, endpoints, config } = *plan;
                let Some(member) = members.get_mut(&name) else { return };
                let done = member.pool.reconfigure(change);
                let done = done.and_then(|()| endpoints.map_or(Ok(()), |all| member.pool.set_endpoints(all)));
                if let Err(mistakes) = done {
                    tracing::error!(target: pool_core::catalog::SCOPE, "{name}: {mistakes}");
                    return;
                }
                member.config = config;
            }
            Step::Stop => {
                if let Some(member) = members.remove(&name) {
                    member.pool.close();
                }
            }
        }
    }
}

/// What differs, as people say it: `orders: acquire lifo -> fifo`.
fn differences(name: &str, live: &PoolConfig, wanted: &PoolConfig) -> Vec<String> {
    let mut told = Vec::new();
    let mut say = |what: &str, before: String, after: String| {
        if before != after {
            told.push(format!("{name}: {what} {before} -> {after}"));
        }
    };
    let preset = |config: &PoolConfig| config.preset.clone().unwrap_or_else(|| "none".to_owned());
    say("preset", preset(live), preset(wanted));
    say("connector", live.connector.to_string(), wanted.connector.to_string());
    say("acquire", live.acquire.to_string(), wanted.acquire.to_string());
    say("release", live.release.to_string(), wanted.release.to_string());
    say("balance", live.balance.to_string(), wanted.balance.to_string());
    let optional = |chosen: &Option<Chosen>| chosen.as_ref().map_or("none".to_owned(), Chosen::to_string);
    say("health", optional(&live.health), optional(&wanted.health));
    say("queue", optional(&live.queue), optional(&wanted.queue));
    told.extend(evict_differences(name, &live.evict, &wanted.evict));
    if live.source != wanted.source {
        told.push(format!("{name}: endpoints changed"));
    }
    if live.options != wanted.options {
        told.extend(option_differences(name, live, wanted));
    }
    told
}

/// The evict policies that are not in both lists.
fn evict_differences(name: &str, live: &[Chosen], wanted: &[Chosen]) -> Vec<String> {
    let only = |these: &[Chosen], those: &[Chosen], what: &str| -> Vec<String> {
        let gone = these.iter().filter(|chosen| !those.contains(chosen));
        gone.map(|chosen| format!("{name}: evict {what} {chosen}")).collect()
    };
    let mut told = only(live, wanted, "without");
    told.extend(only(wanted, live, "with"));
    if told.is_empty() && live != wanted {
        told.push(format!("{name}: evict in another order"));
    }
    told
}

/// The options one by one: they are tables of plain values.
fn option_differences(name: &str, live: &PoolConfig, wanted: &PoolConfig) -> Vec<String> {
    let json = |config: &PoolConfig| serde_json::to_value(&config.options).unwrap_or_default();
    let (before, after) = (json(live), json(wanted));
    let mut told = Vec::new();
    for (table, keys) in after.as_object().into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            let old = &before[table][key];
            if old != value {
                told.push(format!("{name}: {table}.{key} {old} -> {value}"));
            }
        }
    }
    told
}

/// A configuration that live pools cannot be changed to. Nothing was changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ReloadError {
    /// It makes no sense by itself.
    Config(ConfigError),
    /// A pool or a policy cannot be made.
    Start(StartError),
    /// This cannot be changed while the pool lives.
    NeedsRestart {
        /// The name of the pool.
        pool: String,
        /// The key.
        what: &'static str,
    },
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReloadError::Config(error) => {
                error.diagnostics.iter().try_for_each(|diagnostic| writeln!(f, "{diagnostic}\n"))?;
                f.write_str("nothing was changed")
            }
            ReloadError::Start(error) => error.fmt(f),
            ReloadError::NeedsRestart { pool, what } => write!(
                f,
                "pools.{pool}.{what} cannot be changed while the pool lives: restart for it, or take it back; \
                 nothing was changed"
            ),
        }
    }
}

impl std::error::Error for ReloadError {}

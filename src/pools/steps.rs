//! What a reload will do: made aside as a whole, then put in place.

use std::collections::BTreeMap;

use pool_core::{Change, Endpoint};

use super::differences::differences;
use super::fixed::fixed;
use super::{Member, Pools, ReloadError, StartError};
use crate::config::Source;
use crate::{Config, PoolConfig};

/// What a reload will do, by pool, and how that is told.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<(String, Step)>,
    pub(super) told: Vec<String>,
}

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

impl Pools {
    /// Everything that may fail, before anything is touched.
    pub(super) fn steps(&self, members: &BTreeMap<String, Member>, config: &Config) -> Result<Steps, ReloadError> {
        let found: Vec<_> = members.iter().flat_map(|(name, member)| fixed(config, name, &member.config)).collect();
        if !found.is_empty() {
            return Err(ReloadError::NeedsRestart { diagnostics: found });
        }
        let Steps { mut steps, mut told } = Steps::default();
        for (name, wanted) in &config.pools {
            let Some(member) = members.get(name) else {
                let member = self.build(name, wanted).map_err(ReloadError::Start)?;
                steps.push((name.clone(), Step::Start(Box::new(member))));
                told.push(format!("{name}: started"));
                continue;
            };
            let differences = differences(name, &member.config, wanted);
            if !differences.is_empty() {
                told.extend(differences);
                let plan = self.plan(&member.config, wanted);
                let plan = plan.map_err(|mistakes| ReloadError::Start(StartError { pool: name.clone(), mistakes }))?;
                steps.push((name.clone(), Step::Change(Box::new(plan))));
            }
        }
        for name in members.keys().filter(|name| !config.pools.contains_key(*name)) {
            steps.push((name.clone(), Step::Stop));
            told.push(format!("{name}: closed, for the configuration no longer has it"));
        }
        Ok(Steps { steps, told })
    }

    fn plan(&self, live: &PoolConfig, wanted: &PoolConfig) -> Result<NewPlan, Vec<pool_core::OptionError>> {
        let mistakes = wanted.options.mistakes();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let endpoints = match &wanted.source {
            Source::Endpoints(endpoints) if wanted.source != live.source => Some(endpoints.clone()),
            _ => None,
        };
        let change = wanted.change_from(live, &self.inner.app.policies).map_err(|mistake| vec![mistake])?;
        Ok(NewPlan { change, endpoints, config: wanted.clone() })
    }

    /// What cannot fail any more: it was checked when the configuration was read.
    pub(super) fn take(&self, members: &mut BTreeMap<String, Member>, steps: Steps) -> Vec<String> {
        for (name, step) in steps.steps {
            match step {
                Step::Start(member) => {
                    self.watch(&member);
                    members.insert(name, *member);
                }
                Step::Change(plan) => {
                    if let Some(member) = members.get_mut(&name) {
                        become_as_planned(member, *plan);
                    }
                }
                Step::Stop => {
                    if let Some(member) = members.remove(&name) {
                        member.pool.close();
                    }
                }
            }
        }
        steps.told
    }
}

/// First the endpoints, so that the change is what is told of it all.
fn become_as_planned(member: &mut Member, plan: NewPlan) {
    let NewPlan { change, endpoints, config } = plan;
    let done = endpoints.map_or(Ok(()), |all| member.pool.set_endpoints(all));
    match done.and_then(|()| member.pool.reconfigure(change)) {
        Ok(()) => member.config = config,
        Err(mistakes) => tracing::error!(target: pool_core::catalog::SCOPE, "{mistakes}"),
    }
}

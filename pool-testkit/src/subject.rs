//! A plugin with one set of options.

use std::fmt;
use std::sync::{Arc, OnceLock};

use pool_core::{
    AcquirePolicy, BalancePolicy, Builder, EvictPolicy, HealthPolicy, OptionError, Plugin, QueuePolicy, ReleasePolicy,
};
use serde_json::{Map, Value};

use crate::Verdict;
use crate::storm::{Aftermath, storms};

/// A plugin with one set of options: what a law is checked on.
#[derive(Clone)]
pub struct Subject {
    plugin: Plugin,
    options: Value,
    /// The only seed that is tried, if not all are.
    seed: Option<u64>,
    /// The storms that it went through: they last, and several laws look at each.
    storms: Arc<OnceLock<Vec<Aftermath>>>,
}

impl Subject {
    /// A plugin with these options, without `kind`.
    pub fn new(plugin: Plugin, options: Value) -> Subject {
        Subject { plugin, options, seed: None, storms: Arc::default() }
    }

    /// The same, tried with one seed only.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Subject {
        Subject { seed: Some(seed), storms: Arc::default(), ..self }
    }

    /// The same plugin, tried with the same seeds, with these options.
    pub(crate) fn with_options(&self, options: Value) -> Subject {
        Subject { options, storms: Arc::default(), ..self.clone() }
    }

    /// The seeds from which so many runs are made.
    pub(crate) fn seeds(&self, count: u64) -> impl Iterator<Item = u64> + use<> {
        self.seed.map_or(0..count, |seed| seed..seed.saturating_add(1))
    }

    /// Looks at so many runs. The counter-example begins with the seed.
    pub(crate) fn each_seed(&self, count: u64, check: impl Fn(u64) -> Verdict) -> Verdict {
        self.seeds(count).try_for_each(|seed| check(seed).map_err(|found| format!("with seed {seed}, {found}")))
    }

    /// The storms that it went through.
    pub(crate) fn storms(&self) -> &[Aftermath] {
        self.storms.get_or_init(|| storms(self).collect())
    }

    /// A plugin with the options of its example.
    ///
    /// # Errors
    /// If the example is no TOML table with the plugin's kind.
    pub fn example(plugin: Plugin) -> Result<Subject, String> {
        let table: Value =
            toml::from_str(plugin.example).map_err(|error| format!("the example is no TOML: {error}"))?;
        let mut options = match table {
            Value::Object(table) => table,
            other => return Err(format!("the example is no table but {other}")),
        };
        match options.remove("kind") {
            Some(Value::String(kind)) if kind == plugin.kind => Ok(Subject::new(plugin, Value::Object(options))),
            other => Err(format!("the example's `kind` is {other:?} and not {:?}", plugin.kind)),
        }
    }

    /// The plugin.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// The options.
    pub fn options(&self) -> &Value {
        &self.options
    }

    /// The options with every default filled in.
    ///
    /// # Errors
    /// If they do not parse.
    pub fn normalized(&self) -> Result<Value, OptionError> {
        self.plugin.normalize(self.options.clone())
    }

    /// Whether the options are refused, and how.
    pub fn mistake(&self) -> Option<OptionError> {
        let options = self.options.clone();
        match self.plugin.builder {
            Builder::Acquire(build) => build(options).err(),
            Builder::Release(build) => build(options).err(),
            Builder::Evict(build) => build(options).err(),
            Builder::Balance(build) => build(options).err(),
            Builder::Health(build) => build(options).err(),
            Builder::Queue(build) => build(options).err(),
        }
    }

    /// A new acquire policy.
    ///
    /// # Panics
    /// As all of these: if the plugin has another role, or refuses the options.
    #[track_caller]
    pub fn acquire(&self) -> Box<dyn AcquirePolicy> {
        match self.plugin.builder {
            Builder::Acquire(build) => self.built(build(self.options.clone())),
            _ => self.another_role("acquire"),
        }
    }

    /// A new release policy.
    #[track_caller]
    pub fn release(&self) -> Box<dyn ReleasePolicy> {
        match self.plugin.builder {
            Builder::Release(build) => self.built(build(self.options.clone())),
            _ => self.another_role("release"),
        }
    }

    /// A new evict policy.
    #[track_caller]
    pub fn evict(&self) -> Box<dyn EvictPolicy> {
        match self.plugin.builder {
            Builder::Evict(build) => self.built(build(self.options.clone())),
            _ => self.another_role("evict"),
        }
    }

    /// A new balance policy.
    #[track_caller]
    pub fn balance(&self) -> Box<dyn BalancePolicy> {
        match self.plugin.builder {
            Builder::Balance(build) => self.built(build(self.options.clone())),
            _ => self.another_role("balance"),
        }
    }

    /// A new health policy.
    #[track_caller]
    pub fn health(&self) -> Box<dyn HealthPolicy> {
        match self.plugin.builder {
            Builder::Health(build) => self.built(build(self.options.clone())),
            _ => self.another_role("health"),
        }
    }

    /// A new queue policy.
    #[track_caller]
    pub fn queue(&self) -> Box<dyn QueuePolicy> {
        match self.plugin.builder {
            Builder::Queue(build) => self.built(build(self.options.clone())),
            _ => self.another_role("queue"),
        }
    }

    #[track_caller]
    fn built<P: ?Sized>(&self, result: Result<Box<P>, OptionError>) -> Box<P> {
        result.unwrap_or_else(|error| panic!("{self} is refused: {error}"))
    }

    #[track_caller]
    fn another_role(&self, asked: &str) -> ! {
        panic!("{self} is no {asked} policy")
    }
}

/// A plugin with its defaults, or with the options of its example if it can do with none.
impl From<Plugin> for Subject {
    fn from(plugin: Plugin) -> Subject {
        let bare = Subject::new(plugin, Value::Object(Map::new()));
        if bare.mistake().is_none() { bare } else { Subject::example(plugin).unwrap_or(bare) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` with {}", self.plugin.role().as_str(), self.plugin.kind, self.options)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({self})")
    }
}

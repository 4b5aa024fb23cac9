//! The name, looked up again and again.

use std::time::Duration;

use pool_core::{Discovery, DiscoveryError, DiscoveryFuture, Endpoint, OptionError};
use tokio::time::{Instant, sleep_until};

use crate::DnsOptions;
use crate::lookup::{Looked, Lookup, Memory};
use crate::servers::Servers;
use crate::stub::{Miss, Stub};
use crate::wanted::Wanted;

/// The endpoints under a name in DNS.
///
/// Needs a tokio runtime with time and I/O. Nothing is asked before the first call of [`Discovery::next`], which gives
/// what there is then; a later call ends when there is another set. What goes wrong is given once for each different
/// mistake; after it, a set is given as soon as there is a good one, even if it is the last one again, so that whoever
/// listens knows it is over.
#[derive(Debug)]
pub struct DnsDiscovery {
    options: DnsOptions,
    wanted: Wanted,
    servers: Servers,
    memory: Memory,
    /// The next look-up is not before this.
    due: Option<Instant>,
    /// Look-ups in a row that failed.
    failures: u32,
    /// The set that was given last.
    last: Option<Vec<Endpoint>>,
    /// Since when there is nothing, though the last set has something.
    empty_since: Option<Instant>,
    /// What was given as an error since the last set.
    told: Option<String>,
    /// What is to be said of the set that was given.
    untold: Option<String>,
}

type News = Result<Vec<Endpoint>, DiscoveryError>;

/// The pause after a first failure; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// That there is nothing is not believed for longer, whatever the zone says: what comes to be is wanted soon.
const MOST_NOTHING: Duration = Duration::from_secs(30);

impl DnsDiscovery {
    /// A source with these options.
    ///
    /// # Errors
    /// If an option makes no sense. Whether the name is there is seen only when it is looked up.
    pub fn new(options: DnsOptions) -> Result<DnsDiscovery, OptionError> {
        options.check()?;
        Ok(DnsDiscovery {
            wanted: Wanted::new(&options)?,
            servers: Servers::new(&options.servers)?,
            memory: Memory::new(),
            due: None,
            failures: 0,
            last: None,
            empty_since: None,
            told: None,
            untold: None,
            options,
        })
    }

    /// What there is when that is news. What follows from a look-up is written between the last `await` and the
    /// return, so a dropped call loses nothing.
    async fn changed(&mut self) -> News {
        if let Some(trouble) = self.untold.take() {
            return Err(self.complain(trouble));
        }
        loop {
            if let Some(due) = self.due {
                sleep_until(due).await;
            }
            let looked = self.look_up().await;
            let now = Instant::now();
            let news = match looked {
                Ok(Ok(looked)) => self.hear(looked, now),
                Ok(Err(Miss::Nothing { why, ttl })) => self.hear_nothing(&why, ttl, now),
                Ok(Err(Miss::Failed(why))) => {
                    let error = DiscoveryError::new(format!("cannot look up `{}`: {why}", self.wanted.name()));
                    self.miss(error, now)
                }
                Err(error) => self.miss(error, now),
            };
            if let Some(news) = news {
                return news;
            }
        }
    }

    async fn look_up(&mut self) -> Result<Result<Looked, Miss>, DiscoveryError> {
        let stub = Stub { servers: self.servers.list()?, timeout: self.options.timeout.get() };
        let mut lookup = Lookup { stub, family: self.options.family, memory: &mut self.memory };
        Ok(lookup.of(&self.wanted).await)
    }

    fn hear(&mut self, looked: Looked, now: Instant) -> Option<News> {
        let Looked { endpoints, ttl, trouble } = looked;
        self.failures = 0;
        self.empty_since = None;
        self.due = now.checked_add(self.interval(Duration::from_secs(ttl.into())));
        if self.last.as_ref() != Some(&endpoints) || (trouble.is_none() && self.told.is_some()) {
            self.told = None;
            self.untold = trouble;
            self.last = Some(endpoints.clone());
            return Some(Ok(endpoints));
        }
        self.once(trouble?)
    }

    /// There is nothing, which counts when it has stood for as long as it must.
    fn hear_nothing(&mut self, why: &str, ttl: Option<u32>, now: Instant) -> Option<News> {
        self.failures = 0;
        let wait = self.interval(Duration::from_secs(ttl.unwrap_or(0).into()).min(MOST_NOTHING));
        let has_some = self.last.as_ref().is_some_and(|last| !last.is_empty());
        let counts_at = match has_some {
            true => self.empty_since.get_or_insert(now).checked_add(self.options.empty_after.get()),
            false => None,
        };
        self.due = now.checked_add(wait).into_iter().chain(counts_at).min();
        let trouble = format!("DNS has nothing under `{}`: {why}", self.wanted.name());
        if has_some && counts_at.is_some_and(|counts| counts <= now) {
            self.empty_since = None;
            self.due = now.checked_add(wait);
            self.told = None;
            self.untold = Some(trouble);
            self.last = Some(Vec::new());
            return Some(Ok(Vec::new()));
        }
        self.once(if has_some { format!("{trouble}; the last endpoints stay") } else { trouble })
    }

    /// Nobody knows what there is.
    fn miss(&mut self, error: DiscoveryError, now: Instant) -> Option<News> {
        let pause = FIRST_RETRY.saturating_mul(1 << self.failures.min(16)).min(LAST_RETRY);
        self.failures = self.failures.saturating_add(1);
        self.due = now.checked_add(pause.min(self.options.max_interval.get()));
        self.empty_since = None;
        let text = error.to_string();
        if self.told.as_ref() == Some(&text) {
            return None;
        }
        self.told = Some(text);
        Some(Err(error))
    }

    /// What a TTL says, within bounds.
    fn interval(&self, ttl: Duration) -> Duration {
        ttl.clamp(self.options.min_interval.get(), self.options.max_interval.get())
    }

    /// The error for this trouble, unless it was told already.
    fn once(&mut self, trouble: String) -> Option<News> {
        if self.told.as_ref() == Some(&trouble) {
            return None;
        }
        Some(Err(self.complain(trouble)))
    }

    fn complain(&mut self, trouble: String) -> DiscoveryError {
        let error = DiscoveryError::new(trouble.clone());
        self.told = Some(trouble);
        error
    }
}

impl Discovery for DnsDiscovery {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(self.changed())
    }
}

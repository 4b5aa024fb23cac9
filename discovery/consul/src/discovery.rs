//! The service, watched by blocking queries.

use std::error::Error;
use std::time::Duration;

use http::HeaderValue;
use pool_core::{Discovery, DiscoveryError, DiscoveryFuture, Endpoint, OptionError};
use tokio::time::{Instant, sleep_until};

use crate::ConsulOptions;
use crate::answer::Answer;
use crate::line::{Line, Reply, Silence};
use crate::pace::Pace;
use crate::query::Query;
use crate::refusal::refusal;
use crate::token::Credential;
use crate::verdict::Verdict;

/// The instances of a service in Consul.
///
/// Needs a tokio runtime with time and I/O. Nothing is asked before the first call of [`Discovery::next`], which gives
/// what there is then; a later call ends when there is another set. What goes wrong is given once for each different
/// mistake; after it, a set is given as soon as there is a good one, even if it is the last one again, so that whoever
/// listens knows it is over. A set of which something is to be said, such as that it is empty, is followed by that as
/// an error.
#[derive(Debug)]
pub struct ConsulDiscovery {
    options: ConsulOptions,
    query: Query,
    credential: Credential,
    line: Line,
    pace: Pace,
    /// The state of things that the last answer told of; 0 if there was none.
    index: u64,
    /// The set that was given last.
    last: Option<Vec<Endpoint>>,
    /// Since when there is nobody, though the last set has somebody.
    empty_since: Option<Instant>,
    /// What was given as an error since the last set.
    told: Option<String>,
    /// What is to be said of the set that was given.
    untold: Option<String>,
}

type News = Result<Vec<Endpoint>, DiscoveryError>;

impl ConsulDiscovery {
    /// A source with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If an option makes no sense, a file cannot be read, or TLS is asked for and not built in. Whether Consul is
    /// there is seen only when it is asked.
    pub fn new(options: ConsulOptions) -> Result<ConsulDiscovery, OptionError> {
        options.check()?;
        Ok(ConsulDiscovery {
            query: Query::new(&options),
            credential: Credential::new(options.token.as_ref(), options.token_file.as_deref())?,
            line: Line::new(&options)?,
            pace: Pace::new(options.min_interval.get()),
            index: 0,
            last: None,
            empty_since: None,
            told: None,
            untold: None,
            options,
        })
    }

    /// What there is when that is news. What is remembered of an answer is written between the last `await` and the
    /// return, so a dropped call loses nothing.
    async fn changed(&mut self) -> News {
        if let Some(trouble) = self.untold.take() {
            return Err(self.complain(trouble));
        }
        loop {
            if let Some(due) = self.pace.due() {
                sleep_until(due).await;
            }
            self.pace.begin(Instant::now());
            let answer = self.ask().await;
            let now = Instant::now();
            let news = match answer {
                Ok(answer) => self.hear(answer, now),
                Err(error) => self.miss(error, now),
            };
            if let Some(news) = news {
                return news;
            }
        }
    }

    async fn ask(&mut self) -> Result<Answer, DiscoveryError> {
        let token = self.credential.read().await?;
        let reply = match self.reply(token.as_ref()).await {
            // Once more, over a new connection.
            Err(Silence::Lost) => self.reply(token.as_ref()).await,
            reply => reply,
        };
        let reply = reply.map_err(|silence| self.silent(silence))?;
        match refusal(&reply, &self.options, self.credential.is_some()) {
            Some(means) => Err(self.error(&means)),
            None => Answer::read(&reply).map_err(|wrong| self.error(&wrong)),
        }
    }

    async fn reply(&mut self, token: Option<&HeaderValue>) -> Result<Reply, Silence> {
        if !self.line.is_open() {
            // It may be another agent than before, or one without its data. To wait for more than the index that the
            // last one had told would be to wait in vain.
            self.index = 0;
        }
        let wait = if self.index == 0 { Duration::ZERO } else { self.wait(Instant::now()) };
        // Consul adds up to a sixteenth.
        let within = (wait + wait / 16).saturating_add(self.options.timeout.get());
        self.line.get(&self.query.path(self.index, wait), token, within).await
    }

    /// How long Consul may wait: not longer than it takes until an empty set counts.
    fn wait(&self, now: Instant) -> Duration {
        let wait = self.options.wait.get();
        let Some(since) = self.empty_since else { return wait };
        self.options.empty_after.saturating_sub(now.duration_since(since)).min(wait)
    }

    /// What follows from an answer, if it is news.
    fn hear(&mut self, answer: Answer, now: Instant) -> Option<News> {
        let last = self.last.as_deref();
        if !answer.has_leader && (last.is_some() || answer.instances.is_empty()) {
            // It may have been started a moment ago and not have read its data.
            let error = self.error("its servers have no leader at the moment, so what they say may be old");
            return self.miss(error, now);
        }
        if answer.is_filtered && answer.instances.is_empty() {
            let error = self.error("the token may not read it; it needs `service:read`, and `node:read` on its nodes");
            return self.miss(error, now);
        }
        self.index = next_index(self.index, answer.index);
        let verdict = Verdict::on(answer.instances, last.unwrap_or_default(), &self.options);
        let news = self.judge(verdict, now);
        self.pace.answered(news.is_some(), now);
        news
    }

    fn judge(&mut self, verdict: Verdict, now: Instant) -> Option<News> {
        let Verdict { mut endpoints, mut trouble } = verdict;
        let has_some = self.last.as_ref().is_some_and(|last| !last.is_empty());
        if endpoints.is_empty() && has_some {
            let since = *self.empty_since.get_or_insert(now);
            if now.duration_since(since) < self.options.empty_after.get() {
                endpoints = self.last.clone().unwrap_or_default();
                trouble = trouble.map(|told| format!("{told}; {}", self.for_now()));
            }
        } else {
            self.empty_since = None;
        }
        if self.last.is_none() && endpoints.is_empty() {
            // The pool has none either: what is the matter says more.
            return self.once(trouble.unwrap_or_default());
        }
        if self.last.as_ref() != Some(&endpoints) || (trouble.is_none() && self.told.is_some()) {
            self.told = None;
            self.untold = trouble;
            self.last = Some(endpoints.clone());
            if endpoints.is_empty() {
                self.empty_since = None;
            }
            return Some(Ok(endpoints));
        }
        self.once(trouble?)
    }

    fn for_now(&self) -> String {
        if self.options.empty_after.is_never() {
            return "the last endpoints stay".to_owned();
        }
        format!("the last endpoints stay for {}", self.options.empty_after)
    }

    /// No good answer has come.
    fn miss(&mut self, error: DiscoveryError, now: Instant) -> Option<News> {
        self.index = 0;
        self.pace.failed(now, fastrand::f64());
        // Nobody knows what there is now.
        self.empty_since = None;
        let whole = whole(&error);
        if self.told.as_ref() == Some(&whole) {
            return None;
        }
        self.told = Some(whole);
        Some(Err(error))
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

    fn silent(&self, silence: Silence) -> DiscoveryError {
        match silence {
            Silence::Dial(error) => self.error("it cannot be reached").because(error),
            Silence::Lost => self.error("it closes every connection"),
            Silence::Broken(error) => self.error("it does not answer in HTTP").because(error),
            Silence::Late(after) => self.error(&format!("it has not answered within {after:?}")),
        }
    }

    fn error(&self, what: &str) -> DiscoveryError {
        let (agent, service) = (self.line.agent(), &self.options.service);
        DiscoveryError::new(format!("cannot ask the Consul agent at {agent} for `{service}`: {what}"))
    }
}

/// Where the next query begins. Consul's own advice: an index that has gone backwards is that of other servers or of
/// restored data, so everything is fetched anew; and one of 0 would not wait.
fn next_index(before: u64, told: u64) -> u64 {
    if told < before { 0 } else { told.max(1) }
}

/// A mistake with its causes, by which one is told from another.
fn whole(error: &DiscoveryError) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

impl Discovery for ConsulDiscovery {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(self.changed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_goes_backwards_begins_anew_and_none_is_zero() {
        assert_eq!(next_index(0, 17), 17);
        assert_eq!(next_index(17, 17), 17);
        assert_eq!(next_index(17, 20), 20);
        assert_eq!(next_index(20, 3), 0, "backwards");
        assert_eq!(next_index(0, 3), 3);
        assert_eq!(next_index(0, 0), 1, "else the next query would not wait");
    }
}

//! The task that follows discovery.

use std::sync::{Arc, Weak};
use std::time::Duration;

use pool_core::{Connector, Discovery, DiscoveryError, Endpoint};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::calm::{Ended, guarded};
use crate::error::in_set;
use crate::shared::Shared;

/// The pause after a first failure of the source; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Follows the pool's source of endpoints, if it has one.
pub(super) fn start<C: Connector>(shared: &Arc<Shared<C>>, runtime: &Handle) -> Option<AbortHandle> {
    let source = shared.discovery.lock().take()?;
    let follower = Follower { shared: Arc::downgrade(shared), source: Some(source) };
    Some(runtime.spawn(follow(follower)).abort_handle())
}

async fn follow<C: Connector>(mut follower: Follower<C>) {
    let mut pause = Duration::ZERO;
    loop {
        let Some(source) = &mut follower.source else { return };
        let asked = Instant::now();
        let answer = match guarded(Duration::MAX, source.next()).await {
            Ended::Done(answer) => answer,
            Ended::Late => continue,
            Ended::Panicked(message) => Err(DiscoveryError::new(format!("the source panicked: {message}"))),
        };
        let took = asked.elapsed();
        let Some(shared) = follower.shared.upgrade() else { return };
        let told = shared.discovery_error.lock().clone();
        if heard(&shared, answer) {
            pause = Duration::ZERO;
            continue;
        }
        // A source that takes its time, and then has something else to say, paces itself.
        let paces_itself = took > pause && *shared.discovery_error.lock() != told;
        drop(shared);
        pause = if paces_itself { FIRST_PAUSE } else { (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE) };
        tokio::time::sleep(pause).await;
    }
}

/// Takes in what the source said. Whether it was a good set.
pub(crate) fn heard<C: Connector>(shared: &Arc<Shared<C>>, answer: Result<Vec<Endpoint>, DiscoveryError>) -> bool {
    match answer.and_then(vet) {
        Ok(endpoints) => {
            *shared.discovery_error.lock() = None;
            shared.visit(|machine| machine.set_endpoints(endpoints, shared.clock.now()));
            true
        }
        Err(error) => {
            let text: Arc<str> = chain(&error).into();
            *shared.discovery_error.lock() = Some(Arc::clone(&text));
            shared.visit(|machine| machine.discovery_failed(text, shared.clock.now()));
            false
        }
    }
}

fn vet(endpoints: Vec<Endpoint>) -> Result<Vec<Endpoint>, DiscoveryError> {
    match in_set(&endpoints).into_iter().next() {
        None => Ok(endpoints),
        Some(mistake) => Err(DiscoveryError::new("the source gave a set that makes no sense").because(mistake)),
    }
}

pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Who follows a source; as it ends, the source goes back to the pool, for the next driver.
struct Follower<C: Connector> {
    shared: Weak<Shared<C>>,
    source: Option<Box<dyn Discovery>>,
}

impl<C: Connector> Drop for Follower<C> {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            *shared.discovery.lock() = self.source.take();
            shared.kernel.bell().ring();
        }
    }
}

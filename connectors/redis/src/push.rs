//! What a server sends unasked, in RESP3.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use redis::aio::{AsyncPushSender, SendError};
use redis::{PushInfo, RedisResult};

use crate::fault;

/// Where pushes go: to whoever holds the connection, if he wants them. `None` in RESP2, which has none.
#[derive(Clone)]
pub(crate) struct Pushes(Option<Arc<Mutex<Receiver>>>);

type Receiver = Option<Arc<dyn AsyncPushSender>>;

impl Pushes {
    /// None.
    pub(crate) const NONE: Pushes = Pushes(None);

    /// To nobody yet.
    pub(crate) fn new() -> Pushes {
        Pushes(Some(Arc::default()))
    }

    /// From now on they go there; to nobody if `None`.
    pub(crate) fn send_to(&self, receiver: Receiver) -> RedisResult<()> {
        let Some(slot) = &self.0 else {
            return Err(fault::unsuited("in RESP2 they cannot be told from answers: set `protocol` to \"resp3\""));
        };
        let before = std::mem::replace(&mut *slot.lock(), receiver);
        // Somebody else's code, with the lock open.
        drop(before);
        Ok(())
    }

    /// Whether there can be any.
    pub(crate) fn are_there(&self) -> bool {
        self.0.is_some()
    }

    /// Whether somebody wants them.
    pub(crate) fn are_wanted(&self) -> bool {
        self.0.as_ref().is_some_and(|slot| slot.lock().is_some())
    }

    /// What the driver gives them to.
    pub(crate) fn sender(&self) -> impl AsyncPushSender + use<> {
        let slot = self.0.clone();
        move |info: PushInfo| {
            let receiver = slot.as_ref().and_then(|slot| slot.lock().clone());
            receiver.map_or(Err(SendError), |receiver| receiver.send(info))
        }
    }
}

impl fmt::Debug for Pushes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushes").field("wanted", &self.are_wanted()).finish_non_exhaustive()
    }
}

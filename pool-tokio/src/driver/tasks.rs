//! The pool's work on single connections: a task for each dial, check, reset and close.
//!
//! Each runs under its deadline and survives a connector that panics. One that is lost with its
//! runtime drops what it holds: first the connection, then its permit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pool_core::{
    Capacity, CloseReason, ConnectCx, Connector, DialReport, Entry, EntryId, ErrorClass, Ticket, Time, TraceContext,
    Work,
};
use tokio::runtime::Handle;

use super::follow::chain;
use crate::calm::{Ended, calm, guarded};
use crate::error::DialError;
use crate::payload::Pooled;
use crate::shared::{Deadlines, Here, Shared, Tries};

type Own<C> = Box<Entry<Pooled<C>>>;

pub(super) fn start<C: Connector>(shared: &Arc<Shared<C>>, runtime: &Handle, work: Work<Pooled<C>>, within: Deadlines) {
    let shared = Arc::clone(shared);
    // Not kept: what a task has to say goes to the machine.
    drop(match work {
        Work::Dial(ticket) => return start_dial(shared, runtime, ticket, &within),
        Work::Abandon(id) => return abandon(&shared, id),
        Work::Check(entry) => runtime.spawn(check(shared, entry, within.check)),
        Work::Reset(entry) => runtime.spawn(reset(shared, entry, within.reset)),
        Work::Close(entry, why) => runtime.spawn(close(shared, entry, why, within.close)),
    });
}

fn start_dial<C: Connector>(shared: Arc<Shared<C>>, runtime: &Handle, ticket: Ticket, within: &Deadlines) {
    let (id, tries) = (ticket.id(), within.tries);
    if within.detached {
        let task = Dial { shared, ticket: Some(ticket), is_own: false };
        return drop(runtime.spawn(dial(task, within.dial, tries)));
    }
    // Noted before the task can end.
    let mut own_dials = shared.own_dials.lock();
    let task = Dial { shared: Arc::clone(&shared), ticket: Some(ticket), is_own: true };
    own_dials.insert(id, runtime.spawn(dial(task, within.dial, tries)).abort_handle());
}

/// The caller of this dial has gone, and the dial with it.
pub(super) fn abandon<C: Connector>(shared: &Shared<C>, id: EntryId) {
    let task = shared.own_dials.lock().remove(&id);
    if let Some(task) = task {
        task.abort();
    }
    let gone: Vec<_> = shared.stranded.lock().extract_if(.., |ticket| ticket.id() == id).collect();
    drop(gone);
}

/// A dial that its runtime may not live to see the end of: that is not the endpoint's fault, so the
/// next driver begins it anew.
struct Dial<C: Connector> {
    shared: Arc<Shared<C>>,
    ticket: Option<Ticket>,
    /// Whether it may be given up with its caller; it is noted as long as it is not.
    is_own: bool,
}

impl<C: Connector> Dial<C> {
    /// Whether it was given up.
    fn forget(&self, ticket: &Ticket) -> bool {
        self.is_own && self.shared.own_dials.lock().remove(&ticket.id()).is_none()
    }
}

impl<C: Connector> Drop for Dial<C> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take()
            && !self.forget(&ticket)
        {
            strand(&self.shared, ticket);
        }
    }
}

/// Keeps a dial for the next driver.
pub(super) fn strand<C: Connector>(shared: &Shared<C>, ticket: Ticket) {
    if !shared.closing.load(Ordering::Acquire) {
        shared.stranded.lock().push(ticket);
        shared.kernel.bell().ring();
    }
}

async fn dial<C: Connector>(mut dial: Dial<C>, within: Duration, tries: Tries) {
    let made = connect_again_and_again(&dial, within, tries).await;
    let Some(ticket) = dial.ticket.take() else { return };
    // Given up just now, it is closed as soon as the machine has it.
    dial.forget(&ticket);
    let shared = &dial.shared;
    let now = shared.clock.now();
    let span = report(shared, &ticket, made.as_ref().err().map(|(fault, _)| fault), now);
    match made {
        Ok((connection, capacity)) => {
            let payload = Pooled::new(connection, capacity, span, Arc::clone(shared));
            shared.visit(|machine| machine.dialed(ticket, payload, capacity, now));
        }
        Err((fault, class)) => {
            let old = {
                let mut faults = shared.faults.lock();
                faults.count += 1;
                faults.last.replace(fault.clone())
            };
            calm(|| drop(old));
            let told = calm(|| fault.to_string()).unwrap_or_default();
            let told: Arc<str> = ticket.endpoint().without_password(&told).into();
            shared.visit(|machine| machine.dial_failed(ticket, fault, told, class, now));
        }
    }
    shared.dialed.notify_waiters();
}

type Made<C> = Result<(<C as Connector>::Connection, Capacity), (DialError<<C as Connector>::Error>, ErrorClass)>;

/// As often as one dial is tried, until an error says that there is no sense in it.
async fn connect_again_and_again<C: Connector>(dial: &Dial<C>, within: Duration, tries: Tries) -> Made<C> {
    for _ in 1..tries.most {
        match connect(dial, within).await {
            Err((_, ErrorClass::Transient)) => tokio::time::sleep(tries.pause).await,
            made => return made,
        }
    }
    connect(dial, within).await
}

async fn connect<C: Connector>(dial: &Dial<C>, within: Duration) -> Made<C> {
    let shared = &dial.shared;
    let Some(ticket) = &dial.ticket else { return Err((DialError::TimedOut(within), ErrorClass::Transient)) };
    let handle = ticket.handle();
    let ended = guarded(within, async {
        let mut cx = ConnectCx::new(ticket.endpoint(), &shared.name, within, &handle);
        cx.attempt = ticket.attempt();
        match shared.connector.connect(&cx).await {
            Ok(connection) => {
                let capacity = shared.connector.capacity(&connection);
                Ok((connection, capacity))
            }
            Err(error) => {
                let class = shared.connector.classify(&error);
                Err((DialError::Connect(Arc::new(error)), class))
            }
        }
    })
    .await;
    match ended {
        Ended::Done(made) => made,
        Ended::Late => Err((DialError::TimedOut(within), ErrorClass::Transient)),
        Ended::Panicked(message) => Err((DialError::Panicked(message), ErrorClass::Transient)),
    }
}

fn report<C: Connector>(
    shared: &Shared<C>,
    ticket: &Ticket,
    fault: Option<&DialError<C::Error>>,
    now: Time,
) -> Option<TraceContext> {
    shared.observe(|observer| {
        let error = fault.map(|fault| ticket.endpoint().without_password(&fault.to_string()).into_owned());
        let report = DialReport {
            entry: ticket.id(),
            endpoint: ticket.endpoint(),
            started: ticket.started(),
            ended: now,
            attempt: ticket.attempt(),
            error: error.as_deref(),
            asked_by: ticket.context(),
        };
        observer.dial(&shared.name, &report, now)
    })?
}

async fn check<C: Connector>(shared: Arc<Shared<C>>, mut entry: Own<C>, within: Duration) {
    let error = match entry.payload.alone() {
        Some(connection) => failure(guarded(within, async { shared.connector.check(connection).await }).await, within),
        None => Some(GONE.into()),
    };
    let error = error.map(|error| public(&entry, &error));
    shared.visit(|machine| machine.checked(entry, error, shared.clock.now()));
}

async fn reset<C: Connector>(shared: Arc<Shared<C>>, mut entry: Own<C>, within: Duration) {
    let farewell = entry.payload.farewell.take();
    let error = match entry.payload.alone() {
        Some(connection) => failure(guarded(within, async { shared.connector.reset(connection).await }).await, within),
        None => Some(GONE.into()),
    };
    let error = error.map(|error| public(&entry, &error));
    if error.is_some() {
        // Whoever waits for the end of the lease waits for the close.
        entry.payload.farewell = farewell;
    }
    shared.visit(|machine| machine.reset_done(entry, error, shared.clock.now()));
}

const GONE: &str = "the connection is gone";

/// What went wrong, if something did, with its causes.
fn failure<E: std::error::Error + 'static>(ended: Ended<Result<(), E>>, within: Duration) -> Option<String> {
    match ended {
        Ended::Done(Ok(())) => None,
        Ended::Done(Err(error)) => Some(chain(&error)),
        Ended::Late => Some(format!("it took longer than {within:?}")),
        Ended::Panicked(message) => Some(format!("the connector panicked: {message}")),
    }
}

fn public<C: Connector>(entry: &Own<C>, error: &str) -> Arc<str> {
    entry.endpoint().without_password(error).into()
}

async fn close<C: Connector>(shared: Arc<Shared<C>>, entry: Own<C>, why: CloseReason, within: Duration) {
    let mut farewell = None;
    let goodbye = async |mut payload: Pooled<C>| {
        farewell = payload.farewell.take();
        if let Some(connection) = payload.take() {
            guarded(within, async { shared.connector.close(connection, why).await }).await;
        }
    };
    shared.kernel.bury(&Here(&shared), entry, goodbye, || shared.clock.now()).await;
    drop(farewell);
}

/// Closes a connection where there is no runtime: drops it.
pub(super) fn drop_connection<C: Connector>(shared: &Arc<Shared<C>>, entry: Entry<Pooled<C>>) {
    let (mut payload, permit) = entry.into_parts();
    let connection = payload.take();
    calm(|| drop(connection));
    shared.visit_unheard(|machine| machine.closed(permit, shared.clock.now()));
}

//! Which endpoint serves.

use std::path::Path;
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, Membership, OptionError, Outcome,
    Role,
};

use super::{EXAMPLE, KIND};
use crate::WasmOptions;
use crate::abi::Export;
use crate::guest::{DISABLED, FAULT, Fault, Guest};
use crate::load::load;
use crate::message::{ENDPOINT, FEEDBACK, HEADER, Writer, membership};

/// A module decides which endpoint serves.
#[derive(Debug)]
pub struct WasmBalance {
    guest: Guest,
}

impl WasmBalance {
    /// The policy in the module that these options name.
    ///
    /// # Errors
    /// If there is none, or it refuses its options; the path names the key.
    pub fn new(options: &WasmOptions) -> Result<WasmBalance, OptionError> {
        load(options, Role::Balance, &[Export::Pick]).map(|guest| WasmBalance { guest })
    }
}

impl BalancePolicy for WasmBalance {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        if self.guest.is_disabled() {
            return Decision { choice: least_loaded(endpoints), reason: DISABLED };
        }
        let now = cx.now;
        let write = |message: &mut [u8]| shown(message, endpoints, 0, cx);
        let read = |guest: &mut Guest, raw| {
            let Some((place, reason)) = guest.chosen(raw)? else { return Err(no_choice()) };
            match endpoints.iter().nth(place) {
                Some(endpoint) if endpoint.is_eligible() => Ok(Decision::of(endpoint.id(), reason)),
                Some(_) => Err(Fault::Answer(format!("it picked number {place}, which cannot serve"))),
                None => Err(out_of_range(place, endpoints.len())),
            }
        };
        self.guest.decide(Export::Pick, size(endpoints), now, write, read).unwrap_or(Decision::none(FAULT))
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) {
        if !self.guest.has(Export::Served) {
            return;
        }
        let Some(place) = endpoints.iter().position(|it| it.id() == endpoint) else { return };
        let now = cx.now;
        self.guest.tell(Export::Served, size(endpoints), Some(now), |message| {
            shown(message, endpoints, place as u32, cx);
        });
    }

    fn wants_feedback(&self) -> bool {
        self.guest.has(Export::Feedback)
    }

    fn feedback(&mut self, endpoint: EndpointId, outcome: Outcome, took: Duration, cx: &mut Cx<'_>) {
        let now = cx.now;
        self.guest.tell(Export::Feedback, (FEEDBACK, FEEDBACK), Some(now), |message| {
            Writer::new(message).feedback(now, endpoint, outcome, took);
        });
    }

    fn membership(&mut self, change: Membership<'_>) {
        if !self.guest.has(Export::Membership) {
            return;
        }
        let Some(news) = membership(change) else { return };
        let size = (news.len(), news.len());
        self.guest.tell(Export::Membership, size, None, |message| message.copy_from_slice(&news));
    }
}

/// The size of a message about these endpoints, in bytes and in records.
fn size(endpoints: &EndpointsView<'_>) -> (usize, usize) {
    (HEADER + endpoints.len() * ENDPOINT, endpoints.len())
}

fn shown(message: &mut [u8], endpoints: &EndpointsView<'_>, subject: u32, cx: &mut Cx<'_>) {
    let mut writer = Writer::new(message);
    writer.header(cx, subject);
    endpoints.iter().for_each(|endpoint| writer.endpoint(&endpoint));
}

/// What decides once the module does not: the fewest leases for its weight, the first of several.
fn least_loaded(endpoints: &EndpointsView<'_>) -> Option<EndpointId> {
    let load = |it: &EndpointView<'_>| it.in_flight() as u64 * u64::from(u32::MAX) / u64::from(it.weight().max(1));
    endpoints.eligible().min_by_key(load).map(|it| it.id())
}

pub(super) fn no_choice() -> Fault {
    Fault::Answer("it chose nothing where something can serve".into())
}

pub(super) fn out_of_range(place: usize, shown: usize) -> Fault {
    Fault::Answer(format!("it chose number {place}, and was shown {shown}, from 0"))
}

impl Factory<dyn BalancePolicy> for WasmBalance {
    const KIND: &'static str = KIND;
    const SUMMARY: &'static str = "A WebAssembly module decides which endpoint serves";
    const EXAMPLE: &'static str = EXAMPLE;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = WasmOptions;

    fn build(options: WasmOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(WasmBalance::new(&options)?))
    }

    fn relative_to(options: WasmOptions, base: &Path) -> WasmOptions {
        options.relative_to(base)
    }
}

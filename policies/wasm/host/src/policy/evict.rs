//! Which idle connections must go.

use std::cell::RefCell;
use std::path::Path;

use pool_core::{
    ConnView, Cx, Decision, EntryId, EvictPolicy, Expiry, ExpiryRule, Factory, IdleView, Moments, OptionError, Role,
    Time,
};

use super::balance::out_of_range;
use super::{EXAMPLE, KIND, MOST_SHOWN};
use crate::WasmOptions;
use crate::abi::Export;
use crate::guest::{DISABLED, FAULT, Fault, Guest};
use crate::load::load;
use crate::message::{CONN, HEADER, Writer};

/// A module decides which idle connections must go.
#[derive(Debug)]
pub struct WasmEvict {
    /// A deadline is asked for without a change of the policy, and no call to a guest is without one.
    guest: RefCell<Guest>,
}

impl WasmEvict {
    /// The policy in the module that these options name.
    ///
    /// # Errors
    /// If there is none, or it refuses its options; the path names the key.
    pub fn new(options: &WasmOptions) -> Result<WasmEvict, OptionError> {
        load(options, Role::Evict, &[Export::Expires, Export::Victim])
            .map(|guest| WasmEvict { guest: RefCell::new(guest) })
    }
}

impl EvictPolicy for WasmEvict {
    fn expires_at(&self, conn: &ConnView<'_>, cx: &mut Cx<'_>) -> Option<Expiry> {
        let mut guest = self.guest.borrow_mut();
        if guest.is_disabled() || !guest.has(Export::Expires) {
            return None;
        }
        let now = cx.now;
        let write = |message: &mut [u8]| {
            let mut writer = Writer::new(message);
            writer.header(cx, 0);
            writer.conn(conn);
        };
        guest.decide(Export::Expires, (HEADER + CONN, 1), now, write, expiry).flatten()
    }

    fn victim(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        let guest = self.guest.get_mut();
        if !guest.has(Export::Victim) {
            return None;
        }
        if guest.is_disabled() {
            return idle.oldest().map(|conn| Decision::of(conn.id(), DISABLED));
        }
        let (shown, now) = (idle.len().min(MOST_SHOWN), cx.now);
        let write = |message: &mut [u8]| {
            let mut writer = Writer::new(message);
            writer.header(cx, 0);
            idle.oldest_first().take(shown).for_each(|conn| writer.conn(&conn));
        };
        let read = |guest: &mut Guest, raw| {
            let Some((place, reason)) = guest.chosen(raw)? else { return Ok(None) };
            let conn = idle.oldest_first().take(shown).nth(place).ok_or_else(|| out_of_range(place, shown))?;
            Ok(Some(Decision::of(conn.id(), reason)))
        };
        let size = (HEADER + shown * CONN, shown);
        guest.decide(Export::Victim, size, now, write, read).unwrap_or(Some(Decision::none(FAULT)))
    }

    fn rule(&self) -> ExpiryRule {
        if self.guest.borrow().has(Export::Expires) { ExpiryRule::Ask } else { ExpiryRule::Never }
    }
}

const MOMENTS: [Moments; 4] = [Moments::ACQUIRE, Moments::RELEASE, Moments::BACKGROUND, Moments::SWEEP];
const FLOOR: usize = 1 << 8;
const REPLACE: usize = 1 << 9;

/// The choice of an answer holds the moments, one bit each, the floor and whether another comes in its place; the deadline lies where the message began.
fn expiry(guest: &mut Guest, raw: i64) -> Result<Option<Expiry>, Fault> {
    let Some((choice, reason)) = guest.chosen(raw)? else { return Ok(None) };
    let moments = MOMENTS.into_iter().enumerate().filter(|(bit, _)| choice & (1 << bit) != 0);
    let moments = moments.fold(Moments::NONE, |all, (_, one)| all | one);
    if moments == Moments::NONE || choice & !(FLOOR | REPLACE | 0xf) != 0 {
        return Err(Fault::Answer(format!(
            "its moments are {choice}: acquire 1, release 2, background 4, sweep 8, at least one; 256 for the floor, \
             512 for another in its place"
        )));
    }
    let at = guest.written().ok_or_else(|| Fault::Answer("its deadline lies nowhere".into()))?;
    let expiry = Expiry::new(Time::from_nanos(at), moments, reason);
    Ok(Some(expiry.with_floor(choice & FLOOR != 0).with_replace(choice & REPLACE != 0)))
}

impl Factory<dyn EvictPolicy> for WasmEvict {
    const KIND: &'static str = KIND;
    const SUMMARY: &'static str = "A WebAssembly module decides which idle connections must go";
    const EXAMPLE: &'static str = EXAMPLE;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = WasmOptions;

    fn build(options: WasmOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(WasmEvict::new(&options)?))
    }

    fn relative_to(options: WasmOptions, base: &Path) -> WasmOptions {
        options.relative_to(base)
    }
}

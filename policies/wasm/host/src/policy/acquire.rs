//! Which idle connection is handed out.

use std::path::Path;

use pool_core::{AcquirePolicy, Cx, Decision, EntryId, Factory, IdleView, OptionError, Role};

use super::balance::{no_choice, out_of_range};
use super::{EXAMPLE, KIND, MOST_SHOWN};
use crate::WasmOptions;
use crate::abi::Export;
use crate::guest::{DISABLED, FAULT, Guest};
use crate::load::load;
use crate::message::{CONN, HEADER, Writer};

/// A module decides which idle connection is handed out.
#[derive(Debug)]
pub struct WasmAcquire {
    guest: Guest,
}

impl WasmAcquire {
    /// The policy in the module that these options name.
    ///
    /// # Errors
    /// If there is none, or it refuses its options; the path names the key.
    pub fn new(options: &WasmOptions) -> Result<WasmAcquire, OptionError> {
        load(options, Role::Acquire, &[Export::Choose]).map(|guest| WasmAcquire { guest })
    }
}

impl AcquirePolicy for WasmAcquire {
    fn choose(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Decision<EntryId> {
        if self.guest.is_disabled() {
            return Decision { choice: idle.newest().map(|conn| conn.id()), reason: DISABLED };
        }
        let (shown, now) = (idle.len().min(MOST_SHOWN), cx.now);
        let write = |message: &mut [u8]| {
            let mut writer = Writer::new(message);
            writer.header(cx, 0);
            idle.newest_first().take(shown).for_each(|conn| writer.conn(&conn));
        };
        let read = |guest: &mut Guest, raw| {
            let Some((place, reason)) = guest.chosen(raw)? else { return Err(no_choice()) };
            let conn = idle.newest_first().take(shown).nth(place).ok_or_else(|| out_of_range(place, shown))?;
            Ok(Decision::of(conn.id(), reason))
        };
        let size = (HEADER + shown * CONN, shown);
        self.guest.decide(Export::Choose, size, now, write, read).unwrap_or(Decision::none(FAULT))
    }
}

impl Factory<dyn AcquirePolicy> for WasmAcquire {
    const KIND: &'static str = KIND;
    const SUMMARY: &'static str = "A WebAssembly module decides which idle connection is handed out";
    const EXAMPLE: &'static str = EXAMPLE;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = WasmOptions;

    fn build(options: WasmOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(WasmAcquire::new(&options)?))
    }

    fn relative_to(options: WasmOptions, base: &Path) -> WasmOptions {
        options.relative_to(base)
    }
}

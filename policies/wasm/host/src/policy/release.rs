//! What becomes of a returned connection.

use std::path::Path;

use pool_core::{Cx, Decision, Factory, LeaseView, OptionError, ReleasePolicy, Role, Settle};

use super::balance::no_choice;
use super::{EXAMPLE, KIND};
use crate::WasmOptions;
use crate::abi::Export;
use crate::guest::{DISABLED, FAULT, Fault, Guest};
use crate::load::load;
use crate::message::{CONN, HEADER, LEASE, Writer};

/// A module decides what becomes of a returned connection.
#[derive(Debug)]
pub struct WasmRelease {
    guest: Guest,
}

impl WasmRelease {
    /// The policy in the module that these options name.
    ///
    /// # Errors
    /// If there is none, or it refuses its options; the path names the key.
    pub fn new(options: &WasmOptions) -> Result<WasmRelease, OptionError> {
        load(options, Role::Release, &[Export::Settle]).map(|guest| WasmRelease { guest })
    }
}

impl ReleasePolicy for WasmRelease {
    fn settle(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle> {
        if self.guest.is_disabled() {
            return Decision::of(Settle::Keep, DISABLED);
        }
        let now = cx.now;
        let write = |message: &mut [u8]| {
            let mut writer = Writer::new(message);
            writer.header(cx, 0);
            writer.conn(lease);
            writer.lease(lease);
        };
        let read = |guest: &mut Guest, raw| {
            let Some((choice, reason)) = guest.chosen(raw)? else { return Err(no_choice()) };
            let settle = match choice {
                0 => Settle::Keep,
                1 => Settle::Reset,
                2 => Settle::Close,
                _ => {
                    let wrong = format!("it settled as number {choice}; 0 keeps, 1 resets, 2 closes");
                    return Err(Fault::Answer(wrong));
                }
            };
            Ok(Decision::of(settle, reason))
        };
        let size = (HEADER + CONN + LEASE, 1);
        // No choice would be kept too; said here, so that the reason is seen with what was done.
        self.guest.decide(Export::Settle, size, now, write, read).unwrap_or(Decision::of(Settle::Keep, FAULT))
    }
}

impl Factory<dyn ReleasePolicy> for WasmRelease {
    const KIND: &'static str = KIND;
    const SUMMARY: &'static str = "A WebAssembly module decides what becomes of a returned connection";
    const EXAMPLE: &'static str = EXAMPLE;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = WasmOptions;

    fn build(options: WasmOptions) -> Result<Box<dyn ReleasePolicy>, OptionError> {
        Ok(Box::new(WasmRelease::new(&options)?))
    }

    fn relative_to(options: WasmOptions, base: &Path) -> WasmOptions {
        options.relative_to(base)
    }
}

//! Which module, with which options, and how much it may use.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pool_core::OptionError;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The options of `wasm`, the same for every role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WasmOptions {
    /// The module: a file in the binary format. Required.
    pub file: PathBuf,
    /// The options of the policy inside, whatever it takes. Default: none.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// The fuel for one call, about one for each instruction; a call that needs more is a fault. Default 100000.
    #[serde(default = "fuel")]
    #[schemars(range(min = 1))]
    pub fuel: u64,
    /// The memory that it may have, in whole pages of 64KiB. Default "4MiB".
    #[serde(default)]
    pub max_memory: MemorySize,
    /// So many faults in a row, and it is not asked any more. Default 10.
    #[serde(default = "disable_after")]
    #[schemars(range(min = 1))]
    pub disable_after: u32,
    /// What runs it. Default "wasmi".
    #[serde(default)]
    pub engine: Runner,
}

/// What runs a module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Runner {
    /// An interpreter: always there.
    #[default]
    Wasmi,
    /// A compiler to machine code: faster, and only there with the cargo feature `wasmtime`.
    Wasmtime,
}

fn fuel() -> u64 {
    100_000
}

fn disable_after() -> u32 {
    10
}

impl WasmOptions {
    /// A module with the defaults.
    pub fn new(file: impl Into<PathBuf>) -> WasmOptions {
        WasmOptions {
            file: file.into(),
            options: Map::new(),
            fuel: fuel(),
            max_memory: MemorySize::default(),
            disable_after: disable_after(),
            engine: Runner::default(),
        }
    }

    /// The same with a relative path meant from `base`, the directory of the configuration file.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> WasmOptions {
        WasmOptions { file: base.join(self.file), ..self }
    }

    /// # Errors
    /// If a number makes no sense; the path names the key.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.file.as_os_str().is_empty() {
            return Err(OptionError::new("file", "the path of a module in the binary format: \"policies/mine.wasm\""));
        }
        if self.fuel == 0 {
            return Err(OptionError::new("fuel", "without fuel nothing can be decided; for example 100000"));
        }
        if self.disable_after == 0 {
            let message = "a policy disabled before its first fault is never asked; at least 1";
            return Err(OptionError::new("disable_after", message));
        }
        Ok(())
    }
}

/// A size of memory in whole pages, written `"64KiB"` or `"4MiB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySize {
    pages: u32,
}

const PAGE_KIB: u32 = 64;
const MIB_PAGES: u32 = 16;
/// 1 GiB: more than any policy needs, and less than what an address of 32 bits reaches.
const MOST_PAGES: u32 = 1024 * MIB_PAGES;
const FORM: &str = "whole pages of 64KiB, from \"64KiB\" to \"1024MiB\", for example \"4MiB\"";

impl MemorySize {
    /// In bytes.
    pub const fn bytes(self) -> usize {
        self.pages as usize * PAGE_KIB as usize * 1024
    }
}

impl Default for MemorySize {
    fn default() -> MemorySize {
        MemorySize { pages: 4 * MIB_PAGES }
    }
}

impl FromStr for MemorySize {
    type Err = String;

    fn from_str(text: &str) -> Result<MemorySize, String> {
        let wrong = || format!("{text:?} is no size that a module can have: {FORM}");
        let number = |digits: &str| digits.trim().parse::<u32>().map_err(|_| wrong());
        let pages = if let Some(digits) = text.strip_suffix("MiB") {
            number(digits)?.checked_mul(MIB_PAGES)
        } else {
            let kib = number(text.strip_suffix("KiB").ok_or_else(wrong)?)?;
            (kib % PAGE_KIB == 0).then_some(kib / PAGE_KIB)
        };
        match pages {
            Some(pages @ 1..=MOST_PAGES) => Ok(MemorySize { pages }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for MemorySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pages.is_multiple_of(MIB_PAGES) {
            write!(f, "{}MiB", self.pages / MIB_PAGES)
        } else {
            write!(f, "{}KiB", self.pages * PAGE_KIB)
        }
    }
}

impl Serialize for MemorySize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MemorySize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MemorySize, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for MemorySize {
    fn schema_name() -> Cow<'static, str> {
        "MemorySize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A size of memory in whole pages of 64KiB, such as \"4MiB\".",
            "pattern": "^[0-9]+ ?[KM]iB$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [("64KiB", 65_536), ("1MiB", 1 << 20), ("1024MiB", 1 << 30), ("192KiB", 196_608)] {
            let size: MemorySize = text.parse().unwrap();
            assert_eq!((size.bytes(), size.to_string().as_str()), (bytes, text));
        }
        assert_eq!("1024KiB".parse::<MemorySize>().unwrap().to_string(), "1MiB");
    }

    #[test]
    fn what_is_no_size_is_told_with_what_is_allowed() {
        for wrong in ["", "4", "4MB", "0KiB", "65KiB", "1025MiB", "-1MiB", "99999999999MiB", "MiB", "4294967295MiB"] {
            let told = wrong.parse::<MemorySize>().unwrap_err();
            assert!(told.contains(FORM), "{wrong}: {told}");
        }
    }

    #[test]
    fn a_relative_file_is_meant_from_the_directory_of_the_configuration() {
        let at = |file: &str| WasmOptions::new(file).relative_to(Path::new("/etc/shop")).file;
        assert_eq!(at("policies/mine.wasm"), Path::new("/etc/shop/policies/mine.wasm"));
        assert_eq!(at("/opt/mine.wasm"), Path::new("/opt/mine.wasm"));
    }
}

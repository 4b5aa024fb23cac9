//! How large the table is.

use pool_core::OptionError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest table, a prime, and the larger of the two in the paper: the pool stands still for the
/// 90 ms that it takes to build.
const LARGEST: u32 = 655_373;

/// The options of `maglev`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MaglevOptions {
    /// The rows of the table: a prime, at least 100 times as many as there are endpoints, so that shares are right
    /// within 1 %. The same in all processes that are to agree. Such as 251, 65537, 655373. From 2 to 655373.
    /// Default 65537.
    pub table_size: u32,
}

impl Default for MaglevOptions {
    fn default() -> MaglevOptions {
        MaglevOptions { table_size: 65_537 }
    }
}

impl MaglevOptions {
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let size = self.table_size;
        let said = if !(2..=LARGEST).contains(&size) {
            format!("{size} is not from 2 to {LARGEST}")
        } else if let Some(divisor) = divisor(size) {
            // By then a skip might miss rows for ever. There is a prime not far above any number.
            let next = (size..=LARGEST).find(|&above| divisor_free(above)).unwrap_or(LARGEST);
            format!("{size} is no prime: {divisor} divides it; the next prime is {next}")
        } else {
            return Ok(());
        };
        Err(OptionError::new("table_size", said))
    }
}

fn divisor_free(number: u32) -> bool {
    divisor(number).is_none()
}

/// The least number that divides this one, itself and 1 apart.
fn divisor(number: u32) -> Option<u32> {
    (2..).take_while(|divisor| divisor * divisor <= number).find(|divisor| number.is_multiple_of(*divisor))
}

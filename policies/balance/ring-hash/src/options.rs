//! How large the ring is, and how much load an endpoint may have.

use pool_core::OptionError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest ring that can be asked for: it takes some 60 ms to build, and the pool stands still meanwhile.
const LARGEST: u32 = 1 << 20;

/// The options of `ring-hash`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RingHashOptions {
    /// The places that each unit of weight has as long as there is room for them, and so the fewest that a ring has.
    /// More make shares more even: with 1024 for each endpoint their standard deviation is 3 %, and the worst of ten is
    /// off by 6 %, of 64 by 10 %. Where weights are in the hundreds, 16 will do. From 1 to `max_ring_size`. Default 1024.
    pub min_ring_size: u32,
    /// The most places that a ring has, save that each endpoint has one. Where there would be more, each unit of weight
    /// has half as many, and so on; then keys move that need not, and shares are less even, so leave room: with the
    /// defaults there is enough for 64 endpoints of weight 1, and the worst of 500 is off by a third. From 1 to
    /// 1048576. Default 65536.
    pub max_ring_size: u32,
    /// The most leases of one endpoint, in per cent of its fair share, before its keys go to the next. From 101; 125 to
    /// 200 are common. Default 0: no bound.
    pub hash_balance_factor: u32,
}

impl Default for RingHashOptions {
    fn default() -> RingHashOptions {
        RingHashOptions { min_ring_size: 1024, max_ring_size: 65_536, hash_balance_factor: 0 }
    }
}

impl RingHashOptions {
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let max = self.max_ring_size;
        if !(1..=LARGEST).contains(&max) {
            return Err(OptionError::new("max_ring_size", format!("{max} is not from 1 to {LARGEST}")));
        }
        if !(1..=max).contains(&self.min_ring_size) {
            let (min, default) = (self.min_ring_size, RingHashOptions::default().min_ring_size);
            let said = format!(
                "`min_ring_size` is {min} (default {default}); it must be from 1 to `max_ring_size`, which is {max}, \
                 for example {}",
                default.min(max)
            );
            return Err(OptionError::new("min_ring_size", said));
        }
        if (1..=100).contains(&self.hash_balance_factor) {
            let said = format!(
                "{} % of the fair share is too little for all leases together; 0 sets no bound, 101 and more do, 150 is common",
                self.hash_balance_factor
            );
            return Err(OptionError::new("hash_balance_factor", said));
        }
        Ok(())
    }
}

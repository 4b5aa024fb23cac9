//! Which span told of the last lease of a connection: what its eviction is linked to.

use std::hash::Hasher;

use parking_lot::Mutex;
use pool_core::{EntryId, TraceContext};

/// A power of two.
const PLACES: usize = 4096;

/// The spans of last leases, in a fixed number of places: half a megabyte. Connections that share a
/// place push each other out; an eviction whose lease is forgotten is linked to its caller instead.
pub(super) struct LastLeases(Box<[Place]>);

/// A connection's key, and the span.
type Place = Mutex<Option<(u64, TraceContext)>>;

impl Default for LastLeases {
    fn default() -> LastLeases {
        LastLeases((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl LastLeases {
    pub(super) fn keep(&self, pool: &str, entry: EntryId, span: TraceContext) {
        let key = key(pool, entry);
        *self.place(key).lock() = Some((key, span));
    }

    /// It is asked for once, when the connection goes.
    pub(super) fn take(&self, pool: &str, entry: EntryId) -> Option<TraceContext> {
        let key = key(pool, entry);
        let found = self.place(key).lock().take_if(|(kept, _)| *kept == key);
        found.map(|(_, span)| span)
    }

    fn place(&self, key: u64) -> &Place {
        &self.0[(key >> 48) as usize & (PLACES - 1)]
    }
}

fn key(pool: &str, entry: EntryId) -> u64 {
    let mut hasher = Mixer(0);
    std::hash::Hash::hash(&(pool, entry), &mut hasher);
    hasher.finish()
}

/// A few multiplications: a lease that is sent pays for it.
struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }

    fn write_u8(&mut self, word: u8) {
        self.mix(u64::from(word));
    }

    fn finish(&self) -> u64 {
        (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_its_own_last_lease_and_few_are_pushed_out() {
        let last = LastLeases::default();
        let span =
            |number: u32| TraceContext { trace_id: [1; 16], span_id: u64::from(number).to_be_bytes(), sampled: true };
        let pools = ["orders", "users"];
        for (number, pool) in pools.iter().enumerate() {
            for index in 0..100 {
                last.keep(pool, EntryId::from_parts(index, 7), span(index + 1000 * number as u32));
            }
        }
        let mut found = 0;
        for (number, pool) in pools.iter().enumerate() {
            for index in 0..100 {
                assert_eq!(last.take(pool, EntryId::from_parts(index, 8)), None, "another connection in its slot");
                let taken = last.take(pool, EntryId::from_parts(index, 7));
                assert!(taken.is_none_or(|taken| taken == span(index + 1000 * number as u32)));
                found += usize::from(taken.is_some());
                assert_eq!(last.take(pool, EntryId::from_parts(index, 7)), None, "once");
            }
        }
        assert!(found > 180, "{found} of 200");
    }
}

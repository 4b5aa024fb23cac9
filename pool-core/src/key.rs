//! From what callers know to the keys of policies that hash.

use xxhash_rust::xxh64::xxh64;

/// A key for balance policies that hash, from a text or bytes: the same in every process and for all time, so that all
/// lead what belongs together to the same endpoint. By xxHash64 with seed 0 (<https://xxhash.com>), as `xxhsum -H64`
/// has it.
///
/// ```
/// assert_eq!(pool_core::key_of("acme"), 0xbb18_9bfb_846f_ec0c);
/// assert_ne!(pool_core::key_of("acme"), pool_core::key_of("acme2"));
/// ```
pub fn key_of(what: impl AsRef<[u8]>) -> u64 {
    xxh64(what.as_ref(), 0)
}

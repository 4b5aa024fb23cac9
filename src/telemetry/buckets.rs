//! How the machine's buckets, of nanoseconds, become those of exporters, of seconds.

/// By how many buckets the machine's nanoseconds lie above seconds: 8 log₂ 10⁹ = 239.18, rounded
/// down, so that a bucket is told as up to 1.6 % higher than it is and never as lower.
pub(crate) const NANOS_TO_SECONDS: i32 = 239;

//! Any manager of deadpool as a connector of Clearpool.

#![forbid(unsafe_code)]

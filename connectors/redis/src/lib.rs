//! Connections to Redis for Clearpool.

#![forbid(unsafe_code)]

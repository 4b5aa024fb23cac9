//! Connections to PostgreSQL for Clearpool.

#![forbid(unsafe_code)]

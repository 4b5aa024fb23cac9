//! Endpoints for Clearpool from DNS.

#![forbid(unsafe_code)]

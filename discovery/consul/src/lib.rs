//! Endpoints for Clearpool from Consul.

#![forbid(unsafe_code)]

//! gRPC channels for Clearpool: shared connections, balanced call by call.

#![forbid(unsafe_code)]

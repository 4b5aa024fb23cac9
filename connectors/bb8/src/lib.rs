//! Any connection manager of bb8 as a connector of Clearpool.

#![forbid(unsafe_code)]

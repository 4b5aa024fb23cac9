//! Write a policy of Clearpool's in Rust and compile it to WebAssembly.

#![no_std]
#![forbid(unsafe_code)]

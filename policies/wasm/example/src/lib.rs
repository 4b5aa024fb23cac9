//! A balance policy for WebAssembly: least loaded, with some slack.

#![forbid(unsafe_code)]

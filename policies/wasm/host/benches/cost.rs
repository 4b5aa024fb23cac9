//! What a pick costs.

#![forbid(unsafe_code)]

fn main() {}

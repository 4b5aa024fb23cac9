//! HTTP/1.1 and HTTP/2 for Clearpool: a pooled client.

#![forbid(unsafe_code)]

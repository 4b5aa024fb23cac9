//! Write a policy of Clearpool's in Rust and compile it to WebAssembly.
//!
//! A policy is a type with [`Policy`] and the trait of its role; one macro makes a module of it:
//! [`export_balance!`], [`export_acquire!`], [`export_release!`], [`export_evict!`].
//!
//! ```
//! use pool_wasm_guest::{Answer, Balance, Cx, Endpoints, Policy, Reason};
//!
//! /// The endpoint with the fewest leases serves.
//! struct LeastLoaded;
//!
//! const LEAST_LOADED: Reason = Reason::number(0);
//!
//! impl Policy for LeastLoaded {
//!     const REASONS: &'static [&'static str] = &["least-loaded"];
//!
//!     fn new(options: &str) -> Result<LeastLoaded, String> {
//!         if options == "{}" { Ok(LeastLoaded) } else { Err("there is nothing to be set".into()) }
//!     }
//! }
//!
//! impl Balance for LeastLoaded {
//!     fn pick(&mut self, endpoints: &Endpoints<'_>, _: &Cx) -> Answer {
//!         match endpoints.eligible().min_by_key(|it| it.in_flight) {
//!             Some(it) => Answer::of(it.place, LEAST_LOADED),
//!             None => Answer::NONE,
//!         }
//!     }
//! }
//!
//! pool_wasm_guest::export_balance!(LeastLoaded);
//! # fn main() {}
//! ```
//!
//! Its crate has `crate-type = ["cdylib", "rlib"]`, and is built with
//! `cargo build --release --target wasm32-unknown-unknown`. On other targets the macro exports nothing, so that the
//! policy is tested as any code is: [`testing`] writes what a host would.
//!
//! This crate has no unsafe code. What a module must export is named without mangling, which Rust calls unsafe; that
//! is in the macros only, and a crate that uses them can forbid unsafe code too. The wire format is in
//! `docs/guides/wasm.md`.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod answer;
mod ask;
mod export;
mod news;
mod record;
mod state;
pub mod testing;

pub use answer::{Answer, Expiry, Moments, Reason, Settle};
pub use ask::{choose, expires, feedback, membership, pick, served, settle, victim};
pub use news::{Change, Feedback, Membership};
pub use record::{Conn, Conns, Cx, Endpoint, Endpoints, Id, Lease, Outcome};
pub use state::{ABI, State};

use alloc::string::String;

/// What every policy has.
pub trait Policy: Sized {
    /// Every reason that it gives: at least one and at most 15, in kebab-case, each at most 40 letters.
    const REASONS: &'static [&'static str];

    /// Makes it from its options: a table as JSON, `{}` if there are none.
    ///
    /// # Errors
    /// If they make no sense. What is wrong is shown to whoever wrote the configuration; `key: what is wrong` leads
    /// them to the key.
    fn new(options: &str) -> Result<Self, String>;
}

/// Which endpoint serves the next lease.
pub trait Balance: Policy {
    /// Picks one of those that are eligible; there is at least one.
    fn pick(&mut self, endpoints: &Endpoints<'_>, cx: &Cx) -> Answer;

    /// A lease was granted from this endpoint. Told if `served` is named in the macro.
    fn served(&mut self, endpoint: &Endpoint, endpoints: &Endpoints<'_>, cx: &Cx) {
        let _ = (endpoint, endpoints, cx);
    }

    /// A lease ended. Told if `feedback` is named in the macro.
    fn feedback(&mut self, feedback: &Feedback) {
        let _ = feedback;
    }

    /// An endpoint joined, changed or left. Told if `membership` is named in the macro.
    fn membership(&mut self, membership: &Membership<'_>) {
        let _ = membership;
    }
}

/// Which idle connection of one endpoint is handed out.
pub trait Acquire: Policy {
    /// Picks one of them, of which the first was released last; there is at least one.
    fn choose(&mut self, idle: &Conns<'_>, cx: &Cx) -> Answer;
}

/// What becomes of a returned connection.
pub trait Release: Policy {
    /// Keeps, resets or closes it.
    fn settle(&mut self, lease: &Lease, cx: &Cx) -> Answer;
}

/// Which idle connections must go.
pub trait Evict: Policy {
    /// When this one must go; `None`: never.
    fn expires(&mut self, conn: &Conn, cx: &Cx) -> Option<Expiry>;

    /// Which one goes when there are too many, of which the first was released longest ago. Asked if `victim` is
    /// named in the macro; [`Answer::NONE`]: the next policy is asked.
    fn victim(&mut self, idle: &Conns<'_>, cx: &Cx) -> Answer {
        let _ = (idle, cx);
        Answer::NONE
    }
}

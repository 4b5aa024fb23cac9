//! A manager of deadpool in a pool of Clearpool: one that fails as it is told, and real ones.

mod faults;
mod hooks;
mod leases;
mod script;
mod several;

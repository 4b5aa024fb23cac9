//! A manager of bb8 in a pool of Clearpool: one that fails as it is told, and real ones.

mod faults;
mod leases;
mod script;
mod several;

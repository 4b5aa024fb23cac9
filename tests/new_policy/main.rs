//! `clearpool new-policy`: what it makes passes its tests, and what it does not make it refuses with a word.

mod bench;
mod by_cargo_generate;
mod made;
mod refused;
mod style;
mod told;

//! Who holds shares of shared connections: each lease for itself, since the connection's own line in
//! the books has room for one holder only.

use std::panic::Location;
use std::sync::Arc;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Time, TraceContext};

/// All leases of shared connections.
#[derive(Debug, Default)]
pub(super) struct Holders {
    places: Vec<Option<Holder>>,
    free: Vec<u32>,
}

/// One lease of a shared connection.
#[derive(Debug)]
pub(super) struct Holder {
    /// The connection's place.
    pub(super) index: u32,
    pub(super) granted: Time,
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) context: Option<TraceContext>,
    /// Whether it was told that it is overdue.
    pub(super) told: bool,
    /// Whether its share was dropped and not given back.
    pub(super) lost: Arc<AtomicBool>,
}

impl Holders {
    /// A lease begins; by this number it ends.
    pub(super) fn add(&mut self, holder: Holder) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(holder);
                place
            }
            None => {
                self.places.push(Some(holder));
                u32::try_from(self.places.len() - 1).expect("fewer than 2^32 leases")
            }
        }
    }

    /// A lease ends.
    pub(super) fn remove(&mut self, place: u32) {
        if self.places.get_mut(place as usize).and_then(Option::take).is_some() {
            self.free.push(place);
        }
    }

    /// A lease whose share was lost ends; gives its connection's place.
    #[cold]
    pub(super) fn take_lost(&mut self) -> Option<u32> {
        let is_lost = |holder: &Option<Holder>| holder.as_ref().is_some_and(|it| it.lost.load(Ordering::Acquire));
        let place = self.places.iter().position(is_lost)?;
        let index = self.places[place].as_ref()?.index;
        self.remove(place as u32);
        Some(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Holder> {
        self.places.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Holder> {
        self.places.iter_mut().flatten()
    }
}

//! The connections that could be handed out.

use std::iter;

use super::ConnView;
use crate::book::{Book, List, Lists, NIL, Slot, State};
use crate::{EntryId, Time};

/// The connections that could be handed out, of one endpoint or of the whole pool, in the order
/// of their release. Shared ones with a free share are among them.
#[derive(Debug, Clone, Copy)]
pub struct IdleView<'a> {
    book: &'a Book,
    list: List,
    lists: Lists,
    /// Only those that nobody uses: a shared one with leases can serve, and cannot be closed.
    unused: bool,
    now: Time,
}

impl<'a> IdleView<'a> {
    pub(crate) fn of_endpoint(book: &'a Book, endpoint: u32, now: Time) -> IdleView<'a> {
        let list = book.endpoints[endpoint as usize].idle;
        IdleView { book, list, lists: Lists::Endpoint, unused: false, now }
    }

    pub(crate) fn of_pool(book: &'a Book, now: Time) -> IdleView<'a> {
        IdleView { book, list: book.idle, lists: Lists::Pool, unused: false, now }
    }

    pub(crate) fn unused(self) -> IdleView<'a> {
        IdleView { unused: true, ..self }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        if self.unused { self.newest_first().count() } else { self.list.len as usize }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.oldest().is_none()
    }

    /// The one released last.
    pub fn newest(&self) -> Option<ConnView<'a>> {
        self.newest_first().next()
    }

    /// The one released longest ago.
    pub fn oldest(&self) -> Option<ConnView<'a>> {
        self.oldest_first().next()
    }

    /// All of them, the one released last first.
    pub fn newest_first(&self) -> impl Iterator<Item = ConnView<'a>> + use<'a> {
        let view = *self;
        let mut next = self.list.newest;
        iter::from_fn(move || {
            loop {
                let conn = view.at(next)?;
                next = conn.slot.links[view.lists as usize].older;
                if view.shows(conn.slot) {
                    return Some(conn);
                }
            }
        })
    }

    /// All of them, the one released longest ago first.
    pub fn oldest_first(&self) -> impl Iterator<Item = ConnView<'a>> + use<'a> {
        let view = *self;
        let mut next = self.list.oldest;
        iter::from_fn(move || {
            loop {
                let conn = view.at(next)?;
                next = conn.slot.links[view.lists as usize].newer;
                if view.shows(conn.slot) {
                    return Some(conn);
                }
            }
        })
    }

    /// The connection of this id, if it is on view.
    pub fn get(&self, id: EntryId) -> Option<ConnView<'a>> {
        let index = self.book.find(id)?;
        let slot = &self.book.slots[index as usize];
        let here = match self.lists {
            Lists::Pool => true,
            Lists::Endpoint => self.at(self.list.oldest).is_some_and(|conn| conn.slot.endpoint == slot.endpoint),
        };
        (slot.linked && here && self.shows(slot)).then(|| self.view(index))
    }

    fn shows(&self, slot: &Slot) -> bool {
        !self.unused || slot.state == State::Idle
    }

    fn at(&self, index: u32) -> Option<ConnView<'a>> {
        (index != NIL).then(|| self.view(index))
    }

    fn view(&self, index: u32) -> ConnView<'a> {
        self.book.conn_view(index, self.now)
    }
}

impl Book {
    pub(crate) fn conn_view(&self, index: u32, now: Time) -> ConnView<'_> {
        let slot = &self.slots[index as usize];
        ConnView { slot, id: self.id_of(index), endpoint: self.endpoint_id(slot.endpoint), now }
    }
}

//! Two doubly linked lists through the table of connections, by index.

use super::slots::Slot;

/// No neighbour.
pub(crate) const NIL: u32 = u32::MAX;

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    Endpoint = 0,
    Pool = 1,
}

/// The neighbours of a connection in one list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) older: u32,
    pub(crate) newer: u32,
}

impl Link {
    pub(crate) const NONE: Link = Link { older: NIL, newer: NIL };
}

/// The ends of a list, in the order of release.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    pub(crate) oldest: u32,
    pub(crate) newest: u32,
    pub(crate) len: u32,
}

impl Default for List {
    fn default() -> List {
        List { oldest: NIL, newest: NIL, len: 0 }
    }
}

impl List {
    #[inline(always)]
    pub(crate) fn push_newest(&mut self, slots: &mut [Slot], list: Lists, index: u32) {
        let before = self.newest;
        slots[index as usize].links[list as usize] = Link { older: before, newer: NIL };
        if before == NIL {
            self.oldest = index;
        } else {
            slots[before as usize].links[list as usize].newer = index;
        }
        self.newest = index;
        self.len += 1;
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, slots: &mut [Slot], list: Lists, index: u32) {
        let Link { older, newer } = slots[index as usize].links[list as usize];
        if older == NIL {
            self.oldest = newer;
        } else {
            slots[older as usize].links[list as usize].newer = newer;
        }
        if newer == NIL {
            self.newest = older;
        } else {
            slots[newer as usize].links[list as usize].older = older;
        }
        self.len -= 1;
    }
}

//! What a balance policy is told between its picks.

use crate::record::{Id, Outcome, Reader};

/// A lease that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feedback {
    /// The present, in nanoseconds since the pool was built.
    pub now: u64,
    /// Whose it was.
    pub endpoint: Id,
    /// How long it was held, in nanoseconds.
    pub took: u64,
    /// How it went.
    pub outcome: Outcome,
}

impl Feedback {
    /// Of a message as a host writes it.
    pub fn read(message: &[u8]) -> Feedback {
        let mut reader = Reader::new(message);
        Feedback { now: reader.u64(), endpoint: reader.id(), took: reader.u64(), outcome: reader.outcome() }
    }
}

/// A change in the set of endpoints. A newly loaded policy is told of each one as joined.
#[derive(Debug, Clone, Copy)]
pub struct Membership<'a> {
    /// What happened.
    pub change: Change,
    /// To whom.
    pub id: Id,
    /// Its weight; 0 if it left.
    pub weight: u32,
    /// The name that stays when its address changes; empty if it left.
    pub name: &'a str,
    /// Its address, without a password; empty if it left.
    pub address: &'a str,
    pairs: u32,
    metadata: Reader<'a>,
}

/// What happened to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Joined,
    /// Its weight or metadata changed.
    Changed,
    /// It is gone; its id will never come back.
    Left,
}

impl<'a> Membership<'a> {
    /// Of a message as a host writes it.
    pub fn read(message: &'a [u8]) -> Membership<'a> {
        let mut reader = Reader::new(message);
        let change = match reader.u32() {
            0 => Change::Joined,
            1 => Change::Changed,
            _ => Change::Left,
        };
        let (id, weight, pairs) = (reader.id(), reader.u32(), reader.u32());
        let (name, address) = if change == Change::Left { ("", "") } else { (reader.text(), reader.text()) };
        Membership { change, id, weight, name, address, pairs, metadata: reader }
    }

    /// What discovery says of it besides: zone, role, version.
    pub fn metadata(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut reader = self.metadata;
        (0..self.pairs).map(move |_| (reader.text(), reader.text()))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn membership(change: u32, texts: &[&str]) -> Vec<u8> {
        let pairs = (texts.len().saturating_sub(2) / 2) as u32;
        let mut message: Vec<u8> = [change, 5, 2, 30, pairs].into_iter().flat_map(u32::to_le_bytes).collect();
        for text in texts {
            message.extend((text.len() as u32).to_le_bytes());
            message.extend(text.as_bytes());
        }
        message
    }

    #[test]
    fn a_change_has_what_discovery_says() {
        let message = membership(0, &["a", "10.0.0.1:80", "zone", "eu-1", "rôle", ""]);
        let read = Membership::read(&message);
        assert_eq!((read.change, read.id, read.weight), (Change::Joined, Id { index: 5, generation: 2 }, 30));
        assert_eq!((read.name, read.address), ("a", "10.0.0.1:80"));
        assert_eq!(read.metadata().collect::<Vec<_>>(), [("zone", "eu-1"), ("rôle", "")]);
        assert_eq!(Membership::read(&membership(1, &["a", "b"])).change, Change::Changed);
        let left = membership(2, &[]);
        assert!(matches!(Membership::read(&left), Membership { change: Change::Left, name: "", address: "", .. }));
    }

    #[test]
    fn one_cut_off_anywhere_harms_nothing() {
        let message = membership(0, &["name", "address", "key", "value"]);
        for length in 0..message.len() {
            let read = Membership::read(&message[..length]);
            assert!(read.metadata().count() <= 1 && read.name.len() <= 4);
        }
    }
}

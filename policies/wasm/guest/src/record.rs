//! The records of a message, as the host writes them: flat, little-endian.

/// A record of a known size: its fields are read where they lie, without a check for each.
#[derive(Debug, Clone, Copy)]
struct Record<'a, const N: usize>(&'a [u8; N]);

impl<const N: usize> Record<'_, N> {
    #[inline(always)]
    fn u32(self, at: usize) -> u32 {
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    #[inline(always)]
    fn u64(self, at: usize) -> u64 {
        u64::from(self.u32(at)) | u64::from(self.u32(at + 4)) << 32
    }

    #[inline(always)]
    fn id(self, at: usize) -> Id {
        Id { index: self.u32(at), generation: self.u32(at + 4) }
    }
}

/// A message that is read from its beginning on. What is missing reads as 0: a host of this version leaves nothing
/// out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Reader<'a> {
        Reader { rest: message }
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk::<N>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                *bytes
            }
            None => [0; N],
        }
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    pub(crate) fn id(&mut self) -> Id {
        Id { index: self.u32(), generation: self.u32() }
    }

    /// A length and so many bytes of text. What is no text reads as empty.
    pub(crate) fn text(&mut self) -> &'a str {
        let length = self.u32() as usize;
        let Some((text, rest)) = self.rest.split_at_checked(length) else { return "" };
        self.rest = rest;
        core::str::from_utf8(text).unwrap_or("")
    }

    pub(crate) fn outcome(&mut self) -> Outcome {
        Outcome::from_wire(self.u32())
    }
}

/// The size of what stands before the records.
pub(crate) const HEADER: usize = 32;
/// The size of an endpoint.
pub(crate) const ENDPOINT: usize = 40;
/// The size of a connection.
pub(crate) const CONN: usize = 56;

/// The circumstances of a decision. There is no other clock and no other randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cx {
    /// The present, in nanoseconds since the pool was built.
    pub now: u64,
    /// The key given to the acquire call, for policies that hash.
    pub key: Option<u64>,
    /// A random number, another for each call. For several, take it as a seed.
    pub random: u64,
    /// The place of the endpoint that the message is about.
    pub(crate) subject: u32,
}

impl Cx {
    /// Of a message as a host writes it.
    pub fn read(message: &[u8]) -> Cx {
        let header = Record(message.first_chunk::<HEADER>().unwrap_or(&[0; HEADER]));
        let key = (header.u32(24) & 1 == 1).then(|| header.u64(8));
        Cx { now: header.u64(0), key, random: header.u64(16), subject: header.u32(28) }
    }
}

/// The name of an endpoint or a connection, which is never used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// The place in the pool's table, from 0.
    pub index: u32,
    /// How often the place was used before.
    pub generation: u32,
}

/// One endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it was shown: what an answer names.
    pub place: u32,
    /// Its name, which stays the same while it is part of the pool.
    pub id: Id,
    /// Its weight; 0: no load.
    pub weight: u32,
    /// Whether it can serve this caller.
    pub eligible: bool,
    /// Whether its last dial succeeded, or it was never dialed, or its back-off has passed.
    pub healthy: bool,
    /// Connections that could be handed out.
    pub idle: u32,
    /// Leases at this moment.
    pub in_flight: u32,
    /// All connections, in whatever state.
    pub open: u32,
    /// Dials under way.
    pub dialing: u32,
    /// Failed dials since the last success.
    pub failures: u32,
}

impl Endpoint {
    #[inline]
    fn read(place: u32, record: &[u8; ENDPOINT]) -> Endpoint {
        let record = Record(record);
        let flags = record.u32(12);
        Endpoint {
            place,
            id: record.id(0),
            weight: record.u32(8),
            eligible: flags & 1 != 0,
            healthy: flags & 2 != 0,
            idle: record.u32(16),
            in_flight: record.u32(20),
            open: record.u32(24),
            dialing: record.u32(28),
            failures: record.u32(32),
        }
    }
}

/// The endpoints of a pool, in the order of discovery.
#[derive(Debug, Clone, Copy)]
pub struct Endpoints<'a> {
    records: &'a [[u8; ENDPOINT]],
}

impl<'a> Endpoints<'a> {
    /// Of a message as a host writes it.
    pub fn read(message: &'a [u8], count: usize) -> Endpoints<'a> {
        Endpoints { records: records(message, count.saturating_mul(ENDPOINT)).as_chunks().0 }
    }

    /// How many there are, eligible or not.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Endpoint> + use<'a> {
        (0..).zip(self.records).map(|(place, record)| Endpoint::read(place, record))
    }

    /// Those that can serve.
    pub fn eligible(&self) -> impl Iterator<Item = Endpoint> + use<'a> {
        self.iter().filter(|endpoint| endpoint.eligible)
    }

    /// The one at this place.
    pub fn get(&self, place: u32) -> Option<Endpoint> {
        self.records.get(place as usize).map(|record| Endpoint::read(place, record))
    }
}

/// One connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conn {
    /// Where it was shown: what an answer names.
    pub place: u32,
    /// Its name, which stays the same until it is closed.
    pub id: Id,
    /// Where it leads.
    pub endpoint: Id,
    /// When its dial was done, in nanoseconds since the pool was built.
    pub created: u64,
    /// When it was released last, or now while a lease has it; in nanoseconds since the pool was built.
    pub idle_since: u64,
    /// How many leases it has served, one that runs included.
    pub uses: u32,
    /// Leases on it now, if it is shared; else 0.
    pub shares: u32,
    /// How many leases it can serve at once: 1 if it is exclusive.
    pub capacity: u32,
    /// A random number in `[0, 1)`, drawn at birth and kept.
    pub draw: f64,
}

impl Conn {
    #[inline]
    fn read(place: u32, record: &[u8; CONN]) -> Conn {
        let record = Record(record);
        Conn {
            place,
            id: record.id(0),
            endpoint: record.id(8),
            created: record.u64(16),
            idle_since: record.u64(24),
            uses: record.u32(32),
            shares: record.u32(36),
            capacity: record.u32(40),
            draw: f64::from_bits(record.u64(48)),
        }
    }

    /// The only one of a message.
    pub(crate) fn alone(message: &[u8]) -> Conn {
        Conn::read(0, records(message, CONN).first_chunk().unwrap_or(&[0; CONN]))
    }
}

/// Idle connections.
#[derive(Debug, Clone, Copy)]
pub struct Conns<'a> {
    records: &'a [[u8; CONN]],
}

impl<'a> Conns<'a> {
    /// Of a message as a host writes it.
    pub fn read(message: &'a [u8], count: usize) -> Conns<'a> {
        Conns { records: records(message, count.saturating_mul(CONN)).as_chunks().0 }
    }

    /// How many there are: at most 1024 are shown.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Conn> + use<'a> {
        (0..).zip(self.records).map(|(place, record)| Conn::read(place, record))
    }
}

/// What stands behind the header, as far as it is there.
pub(crate) fn records(message: &[u8], length: usize) -> &[u8] {
    let records = message.get(HEADER..).unwrap_or(&[]);
    records.get(..length).unwrap_or(records)
}

/// A lease that ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lease {
    /// Its connection.
    pub conn: Conn,
    /// How long it was held, in nanoseconds.
    pub held_for: u64,
    /// How it went.
    pub outcome: Outcome,
}

impl Lease {
    /// Of a message as a host writes it.
    pub fn read(message: &[u8]) -> Lease {
        let conn = Conn::alone(message);
        let mut reader = Reader::new(message.get(HEADER + CONN..).unwrap_or(&[]));
        Lease { conn, held_for: reader.u64(), outcome: reader.outcome() }
    }
}

/// How a lease went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Well, or nothing was said.
    Ok,
    /// The operation failed, the connection did not.
    Failed,
    /// The connection is of no more use.
    Broken,
    /// The caller threw it away.
    Discarded,
    /// The caller took the connection out of the pool.
    Detached,
    /// The thread that held it panicked.
    Panicked,
    /// It was found dead before it was used.
    Dead,
    /// One that this version does not know.
    Other(u32),
}

impl Outcome {
    fn from_wire(number: u32) -> Outcome {
        match number {
            0 => Outcome::Ok,
            1 => Outcome::Failed,
            2 => Outcome::Broken,
            3 => Outcome::Discarded,
            4 => Outcome::Detached,
            5 => Outcome::Panicked,
            6 => Outcome::Dead,
            other => Outcome::Other(other),
        }
    }
}

//! What a guest is shown: flat records, little-endian.

use std::time::Duration;

use pool_core::{ConnView, Cx, Endpoint, EndpointId, EndpointView, LeaseView, Membership, Outcome, Time};

/// The circumstances, before the records.
pub(crate) const HEADER: usize = 32;
/// One endpoint.
pub(crate) const ENDPOINT: usize = 40;
/// One connection.
pub(crate) const CONN: usize = 56;
/// How the lease went, after its connection.
pub(crate) const LEASE: usize = 16;
/// The end of a lease, as a balance policy hears of it.
pub(crate) const FEEDBACK: usize = 32;

/// Fills a message from its beginning on. What does not fit is left out: a message has exactly the
/// size that was asked for it.
pub(crate) struct Writer<'a> {
    rest: &'a mut [u8],
}

impl<'a> Writer<'a> {
    pub(crate) fn new(message: &'a mut [u8]) -> Writer<'a> {
        Writer { rest: message }
    }

    #[inline]
    fn bytes<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some((place, rest)) = std::mem::take(&mut self.rest).split_first_chunk_mut::<N>() {
            *place = bytes;
            self.rest = rest;
        }
    }

    #[inline]
    fn u32(&mut self, value: u32) {
        self.bytes(value.to_le_bytes());
    }

    #[inline]
    fn u64(&mut self, value: u64) {
        self.bytes(value.to_le_bytes());
    }

    /// `subject` is the place of the endpoint that the message is about, where it is about one.
    #[inline]
    pub(crate) fn header(&mut self, cx: &mut Cx<'_>, subject: u32) {
        self.u64(cx.now.as_nanos());
        self.u64(cx.key.unwrap_or(0));
        self.u64(cx.random.next_u64());
        self.u32(u32::from(cx.key.is_some()));
        self.u32(subject);
    }

    #[inline]
    pub(crate) fn endpoint(&mut self, endpoint: &EndpointView<'_>) {
        let mut record = [0; ENDPOINT];
        let flags = u32::from(endpoint.is_eligible()) | u32::from(endpoint.is_healthy()) << 1;
        let fields = [
            endpoint.id().index() as u32,
            endpoint.id().generation(),
            endpoint.weight(),
            flags,
            endpoint.idle() as u32,
            endpoint.in_flight() as u32,
            endpoint.open() as u32,
            endpoint.dialing() as u32,
            endpoint.failures(),
        ];
        for (place, field) in record.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.bytes(record);
    }

    pub(crate) fn conn(&mut self, conn: &ConnView<'_>) {
        self.u32(conn.id().index() as u32);
        self.u32(conn.id().generation());
        self.id(conn.endpoint());
        self.u64(conn.created().as_nanos());
        self.u64(conn.idle_since().as_nanos());
        self.u32(conn.uses());
        self.u32(conn.shares());
        self.u32(conn.capacity());
        self.u32(0);
        self.u64(conn.draw().to_bits());
    }

    pub(crate) fn lease(&mut self, lease: &LeaseView<'_>) {
        self.u64(nanos(lease.held_for()));
        self.u32(outcome(lease.outcome()));
        self.u32(0);
    }

    pub(crate) fn feedback(&mut self, now: Time, endpoint: EndpointId, how: Outcome, took: Duration) {
        self.u64(now.as_nanos());
        self.id(endpoint);
        self.u64(nanos(took));
        self.u32(outcome(how));
        self.u32(0);
    }

    fn id(&mut self, endpoint: EndpointId) {
        self.u32(endpoint.index() as u32);
        self.u32(endpoint.generation());
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The number of an outcome: its place in [`Outcome::ALL`], to which new ones are added at the end.
fn outcome(outcome: Outcome) -> u32 {
    Outcome::ALL.iter().position(|&it| it == outcome).unwrap_or(0) as u32
}

/// A change in the set of endpoints, with what discovery says: the only message whose length is not known
/// before. Rare, so it may allocate. An address is told without its password.
pub(crate) fn membership(change: Membership<'_>) -> Option<Vec<u8>> {
    let (kind, id, endpoint) = match change {
        Membership::Joined(id, endpoint) => (0, id, Some(endpoint)),
        Membership::Changed(id, endpoint) => (1, id, Some(endpoint)),
        Membership::Left(id) => (2, id, None),
        _ => return None,
    };
    let mut message = Vec::new();
    let pairs = endpoint.map_or(0, |endpoint| endpoint.metadata.len());
    let weight = endpoint.map_or(0, |endpoint| endpoint.weight);
    for field in [kind, id.index() as u32, id.generation(), weight, pairs as u32] {
        message.extend_from_slice(&field.to_le_bytes());
    }
    if let Some(endpoint) = endpoint {
        words(endpoint, |word| {
            message.extend_from_slice(&(word.len() as u32).to_le_bytes());
            message.extend_from_slice(word.as_bytes());
        });
    }
    Some(message)
}

fn words(endpoint: &Endpoint, mut tell: impl FnMut(&str)) {
    tell(endpoint.name());
    tell(&endpoint.public_address());
    for (key, value) in &endpoint.metadata {
        tell(key);
        tell(value);
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;

    use super::*;

    #[test]
    fn records_have_the_size_that_is_said() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, Time::ZERO);
        paper.with_cx(Some(7), |paper, cx| {
            for (size, write) in [
                (HEADER, &mut (|w: &mut Writer<'_>| w.header(cx, 3)) as &mut dyn FnMut(&mut Writer<'_>)),
                (ENDPOINT, &mut |w| w.endpoint(&paper.endpoints_view().iter().next().unwrap())),
                (CONN, &mut |w| w.conn(&paper.conn_view(conn))),
                (LEASE, &mut |w| w.lease(&paper.lease_view(conn, Outcome::Ok))),
                (FEEDBACK, &mut |w| w.feedback(Time::ZERO, a, Outcome::Ok, Duration::MAX)),
            ] {
                let mut message = [0xff; 64];
                let mut writer = Writer::new(&mut message);
                write(&mut writer);
                assert_eq!(64 - writer.rest.len(), size);
            }
        });
    }

    /// What the guest's crate reads is what was written.
    #[test]
    fn a_guest_reads_what_was_written() {
        let mut paper = Paper::new();
        paper.advance(Duration::from_secs(5));
        let [a, b] = [("a:1", 3), ("b:1", 1)].map(|(at, weight)| paper.endpoint(Endpoint::new(at).weight(weight)));
        paper.set_full(a, true);
        paper.set_sick(b, true);
        let conn = paper.idle(b, Time::from_nanos(7));
        let mut message = vec![0; HEADER + 2 * ENDPOINT];
        paper.with_cx(Some(u64::MAX - 1), |paper, cx| {
            let mut writer = Writer::new(&mut message);
            writer.header(cx, 1);
            paper.endpoints_view().iter().for_each(|it| writer.endpoint(&it));
        });
        let cx = pool_wasm_guest::Cx::read(&message);
        assert_eq!((cx.now, cx.key), (5_000_000_000, Some(u64::MAX - 1)));
        let read = pool_wasm_guest::Endpoints::read(&message, 2);
        assert_eq!(read.len(), 2);
        for (it, seen) in paper.endpoints_view().iter().zip(read.iter()) {
            assert_eq!((it.id().index() as u32, it.id().generation()), (seen.id.index, seen.id.generation));
            assert_eq!((it.weight(), it.is_eligible(), it.is_healthy()), (seen.weight, seen.eligible, seen.healthy));
            let numbers = [it.idle(), it.in_flight(), it.open(), it.dialing(), it.failures() as usize];
            let seen = [seen.idle, seen.in_flight, seen.open, seen.dialing, seen.failures];
            assert_eq!(numbers, seen.map(|number| number as usize));
        }
        paper.lease(conn);
        paper.advance(Duration::from_secs(1));
        let mut message = vec![0; HEADER + CONN + LEASE];
        let view = paper.lease_view(conn, Outcome::Panicked);
        let mut writer = Writer::new(&mut message[HEADER..]);
        writer.conn(&view);
        writer.lease(&view);
        let seen = pool_wasm_guest::Lease::read(&message);
        assert_eq!((seen.held_for, seen.outcome), (1_000_000_000, pool_wasm_guest::Outcome::Panicked));
        let seen = seen.conn;
        assert_eq!((seen.created, seen.idle_since, seen.uses), (7, 6_000_000_000, 1));
        assert_eq!((seen.shares, seen.capacity, seen.draw), (0, 1, view.draw()));
        assert_eq!((seen.endpoint.index as usize, seen.id.index as usize), (b.index(), conn.index()));
    }

    #[test]
    fn news_are_read_as_they_were_written() {
        let mut endpoint = Endpoint::new("a:1").weight(9);
        endpoint.metadata.insert("zone".into(), "eu".into());
        let id = EndpointId::from_parts(4, 2);
        let message = membership(Membership::Changed(id, &endpoint)).expect("a change that is told");
        let seen = pool_wasm_guest::Membership::read(&message);
        assert_eq!((seen.change, seen.weight), (pool_wasm_guest::Change::Changed, 9));
        assert_eq!((seen.id.index, seen.id.generation, seen.name, seen.address), (4, 2, "a:1", "a:1"));
        assert_eq!(seen.metadata().collect::<Vec<_>>(), [("zone", "eu")]);
        let mut message = [0; FEEDBACK];
        Writer::new(&mut message).feedback(Time::from_nanos(3), id, Outcome::Dead, Duration::from_nanos(8));
        let seen = pool_wasm_guest::Feedback::read(&message);
        assert_eq!((seen.now, seen.took, seen.outcome), (3, 8, pool_wasm_guest::Outcome::Dead));
        assert_eq!((seen.endpoint.index, seen.endpoint.generation), (4, 2));
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut short = [0; 6];
        let mut writer = Writer::new(&mut short);
        writer.u32(1);
        writer.u64(u64::MAX);
        writer.u32(2);
        assert_eq!(short, [1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_guest_does_not_hear_a_password() {
        let mut paper = Paper::new();
        let id = paper.endpoint(Endpoint::new("redis://me:s3cret@db:1"));
        let endpoint = Endpoint::new("redis://me:s3cret@db:1");
        let message = membership(Membership::Joined(id, &endpoint)).unwrap();
        let told = String::from_utf8_lossy(&message);
        assert!(told.contains("db:1") && !told.contains("s3cret"), "{told}");
    }
}

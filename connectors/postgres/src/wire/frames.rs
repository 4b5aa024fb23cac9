//! Messages out of a stream of bytes.

/// Cuts one direction of a connection into messages, however the bytes come.
#[derive(Debug)]
pub(crate) struct Frames {
    /// Kind and length.
    head: [u8; HEAD],
    /// How much of the head has come.
    have: usize,
    /// How much of the body is to come.
    left: usize,
    /// How the body begins.
    start: [u8; START],
    kept: usize,
}

/// A message that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// Its kind; 0 for the first of a client, which has none.
    pub(crate) kind: u8,
    /// The first bytes of its body: all of a short one.
    pub(crate) start: &'a [u8],
    /// How long its body is.
    pub(crate) length: usize,
}

/// What came is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Garbled;

const HEAD: usize = 5;

/// As much of a body as tells what we want to know: of an error its code, behind two words of how bad it is.
const START: usize = 40;

impl Frames {
    /// Of what a server says.
    pub(crate) fn of_server() -> Frames {
        Frames { head: [0; HEAD], have: 0, left: 0, start: [0; START], kept: 0 }
    }

    /// Of what a client says. Its first message has a length and no kind.
    pub(crate) fn of_client() -> Frames {
        Frames { have: 1, ..Frames::of_server() }
    }

    /// Takes in what comes next, and tells of each message when its last byte has passed.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut hear: impl FnMut(Message<'_>)) -> Result<(), Garbled> {
        loop {
            if self.have < HEAD {
                let some = bytes.len().min(HEAD - self.have);
                let (head, rest) = bytes.split_at(some);
                self.head[self.have..self.have + some].copy_from_slice(head);
                self.have += some;
                bytes = rest;
                if self.have < HEAD {
                    return Ok(());
                }
                self.left = self.length()?;
                self.kept = 0;
            }
            let (body, rest) = bytes.split_at(bytes.len().min(self.left));
            self.keep(body);
            self.left -= body.len();
            bytes = rest;
            if self.left > 0 {
                return Ok(());
            }
            self.have = 0;
            let length = self.length()?;
            hear(Message { kind: self.head[0], start: &self.start[..self.kept], length });
        }
    }

    /// How long the body is. A message counts its length, but not its kind.
    fn length(&self) -> Result<usize, Garbled> {
        let [_, length @ ..] = self.head;
        (u32::from_be_bytes(length) as usize).checked_sub(4).ok_or(Garbled)
    }

    fn keep(&mut self, body: &[u8]) {
        let some = body.len().min(START - self.kept);
        self.start[self.kept..self.kept + some].copy_from_slice(&body[..some]);
        self.kept += some;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of a stream that comes in pieces of this size.
    fn cut(mut frames: Frames, stream: &[u8], piece: usize) -> Result<Vec<(u8, Vec<u8>, usize)>, Garbled> {
        let mut heard = Vec::new();
        for piece in stream.chunks(piece) {
            frames.take(piece, |message| heard.push((message.kind, message.start.to_vec(), message.length)))?;
        }
        Ok(heard)
    }

    #[test]
    fn messages_are_the_same_in_whatever_pieces_they_come() {
        let stream = b"Z\0\0\0\x05IQ\0\0\0\x0dROLLBACK\0S\0\0\0\x04D\0\0\0\x2eforty bytes and two of a row, no more hereZ\0\0\0\x05";
        let expected = vec![
            (b'Z', b"I".to_vec(), 1),
            (b'Q', b"ROLLBACK\0".to_vec(), 9),
            (b'S', Vec::new(), 0),
            (b'D', b"forty bytes and two of a row, no more he".to_vec(), 42),
        ];
        for piece in 1..=stream.len() {
            let heard = cut(Frames::of_server(), stream, piece).expect("messages");
            // The last is not there yet: its body is missing.
            assert_eq!(heard, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_client_begins_without_a_kind() {
        let stream = b"\0\0\0\x09\0\x03\0\0\0S\0\0\0\x04";
        for piece in 1..=stream.len() {
            let heard = cut(Frames::of_client(), stream, piece).expect("messages");
            assert_eq!(heard, [(0, b"\0\x03\0\0\0".to_vec(), 5), (b'S', Vec::new(), 0)], "in pieces of {piece}");
        }
    }

    #[test]
    fn a_length_that_does_not_count_itself_is_no_message() {
        assert_eq!(cut(Frames::of_server(), b"HTTP/1.1 400", 3).map(|heard| heard.len()), Ok(0));
        assert_eq!(cut(Frames::of_server(), b"Z\0\0\0\x03", 2), Err(Garbled));
    }
}

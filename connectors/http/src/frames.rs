//! What a server says of its HTTP/2 connection, read along the way.
//!
//! hyper obeys a server's SETTINGS and GOAWAY, and tells of them late or not at all: a connection that is going away
//! is noticed with the next request on it. So the heads of the frames are looked at as they pass (RFC 9113, section
//! 4.1); what is in them stays hyper's to judge.

const HEAD: usize = 9;
const SETTING: usize = 6;

const SETTINGS: u8 = 0x4;
const GOAWAY: u8 = 0x7;
const ACK: u8 = 0x1;
const MAX_CONCURRENT_STREAMS: u16 = 0x3;

/// Something that a server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Its settings; with so many streams at once, if it spoke of them.
    Settings(Option<u32>),
    /// No new streams.
    GoAway,
    /// Something else came first: this is no HTTP/2.
    Nonsense,
}

/// Follows the frames of one direction, however they are cut into pieces.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    head: [u8; HEAD],
    /// So much of the head has come.
    have: usize,
    /// So much of the payload has yet to come.
    left: usize,
    streams: Option<u32>,
    setting: [u8; SETTING],
    have_of_setting: usize,
    greeted: bool,
    lost: bool,
}

impl Frames {
    /// Looks at the bytes that came next.
    pub(crate) fn look(&mut self, mut bytes: &[u8], mut said: impl FnMut(Said)) {
        while !bytes.is_empty() && !self.lost {
            bytes = if self.have < HEAD { self.look_at_head(bytes, &mut said) } else { self.look_at_payload(bytes) };
            if self.have == HEAD && self.left == 0 {
                self.end_frame(&mut said);
            }
        }
    }

    fn look_at_head<'a>(&mut self, bytes: &'a [u8], said: &mut impl FnMut(Said)) -> &'a [u8] {
        let (some, rest) = bytes.split_at(bytes.len().min(HEAD - self.have));
        self.head[self.have..self.have + some.len()].copy_from_slice(some);
        self.have += some.len();
        if self.have == HEAD {
            let [high, middle, low, ..] = self.head;
            self.left = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            (self.streams, self.have_of_setting) = (None, 0);
            if !self.greeted && !self.is(SETTINGS) {
                self.lost = true;
                said(Said::Nonsense);
            }
        }
        rest
    }

    fn look_at_payload<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (some, rest) = bytes.split_at(bytes.len().min(self.left));
        self.left -= some.len();
        if self.is(SETTINGS) {
            some.iter().for_each(|&byte| self.look_at_setting(byte));
        }
        rest
    }

    fn look_at_setting(&mut self, byte: u8) {
        self.setting[self.have_of_setting] = byte;
        self.have_of_setting += 1;
        if self.have_of_setting == SETTING {
            self.have_of_setting = 0;
            let [id @ .., a, b, c, d] = self.setting;
            if u16::from_be_bytes(id) == MAX_CONCURRENT_STREAMS {
                self.streams = Some(u32::from_be_bytes([a, b, c, d]));
            }
        }
    }

    fn end_frame(&mut self, said: &mut impl FnMut(Said)) {
        self.have = 0;
        let is_ack = self.head[4] & ACK != 0;
        if self.is(SETTINGS) && !is_ack {
            self.greeted = true;
            said(Said::Settings(self.streams));
        } else if self.is(GOAWAY) {
            said(Said::GoAway);
        }
    }

    fn is(&self, kind: u8) -> bool {
        self.head[3] == kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 0], payload].concat()
    }

    fn setting(id: u16, value: u32) -> Vec<u8> {
        [&id.to_be_bytes()[..], &value.to_be_bytes()[..]].concat()
    }

    fn heard(bytes: &[u8], piece: usize) -> Vec<Said> {
        let (mut frames, mut heard) = (Frames::default(), Vec::new());
        bytes.chunks(piece).for_each(|piece| frames.look(piece, |said| heard.push(said)));
        heard
    }

    #[test]
    fn settings_and_goaway_are_heard_however_they_are_cut() {
        let settings = [setting(4, 65_535), setting(3, 7), setting(5, 16_384)].concat();
        let all = [
            frame(SETTINGS, 0, &settings),
            frame(SETTINGS, ACK, &[]),
            // Data whose content looks like a GOAWAY.
            frame(0, 0, &frame(GOAWAY, 0, &[0; 8])),
            frame(SETTINGS, 0, &setting(4, 3)),
            frame(SETTINGS, 0, &setting(3, 0)),
            frame(GOAWAY, 0, &[0; 8]),
            frame(6, 0, &[0; 8]),
        ]
        .concat();
        let expected = [Said::Settings(Some(7)), Said::Settings(None), Said::Settings(Some(0)), Said::GoAway];
        for piece in [1, 2, 3, 9, 10, 1000] {
            assert_eq!(heard(&all, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn an_empty_settings_frame_greets_too() {
        assert_eq!(heard(&frame(SETTINGS, 0, &[]), 4), [Said::Settings(None)]);
    }

    #[test]
    fn an_answer_of_http_1_is_nonsense_and_told_once() {
        assert_eq!(heard(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", 5), [Said::Nonsense]);
    }
}

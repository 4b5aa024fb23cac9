//! What a module keeps between two calls.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Policy;

/// The version of the interface that this crate speaks.
pub const ABI: i32 = 1;

/// Records may be read as they lie, so they lie at a multiple of this.
const ALIGNMENT: usize = 8;

/// What a module keeps between two calls: the policy, and the place for messages. The macros make one.
#[derive(Debug)]
pub struct State<P> {
    buffer: Vec<u8>,
    /// Where in it messages begin.
    begin: usize,
    pub(crate) policy: Option<P>,
    /// What the host is reading.
    text: String,
}

impl<P> State<P> {
    /// Nothing yet.
    pub const fn new() -> State<P> {
        State { buffer: Vec::new(), begin: 0, policy: None, text: String::new() }
    }

    /// `clearpool_buffer`: a place for messages of this length; 0 if there is no memory for it.
    pub fn buffer(&mut self, length: i32) -> i32 {
        let length = length as u32 as usize + ALIGNMENT;
        self.buffer = Vec::new();
        if self.buffer.try_reserve_exact(length).is_err() {
            return 0;
        }
        self.buffer.resize(length, 0);
        let at = self.buffer.as_ptr() as usize;
        self.begin = at.next_multiple_of(ALIGNMENT) - at;
        (at + self.begin) as i32
    }

    /// The message.
    pub(crate) fn message(&mut self) -> (Option<&mut P>, &mut [u8]) {
        (self.policy.as_mut(), self.buffer.get_mut(self.begin..).unwrap_or_default())
    }

    /// A text for the host: where it lies and its length.
    fn told(&mut self, text: String) -> i64 {
        self.text = text;
        let at = self.text.as_ptr() as usize as u32;
        ((u64::from(at) << 32) | self.text.len() as u64) as i64
    }
}

impl<P: Policy> State<P> {
    /// `clearpool_reasons`.
    pub fn reasons(&mut self) -> i64 {
        self.told(P::REASONS.join("\n"))
    }

    /// `clearpool_init`: makes the policy from the options in the message.
    pub fn init(&mut self, length: i32) -> i64 {
        let (_, message) = self.message();
        let options = message.get(..length as u32 as usize).unwrap_or_default();
        let made = match core::str::from_utf8(options) {
            Ok(options) => P::new(options),
            Err(_) => Err("the options are no text".into()),
        };
        match made {
            Ok(policy) => {
                self.policy = Some(policy);
                0
            }
            // Nothing would mean that all is well.
            Err(why) if why.is_empty() => self.told("refused without a reason".into()),
            Err(why) => self.told(why),
        }
    }
}

impl<P> Default for State<P> {
    fn default() -> State<P> {
        State::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Picky;

    impl Policy for Picky {
        const REASONS: &'static [&'static str] = &["a", "b-c"];

        fn new(options: &str) -> Result<Picky, String> {
            match options {
                "{}" => Ok(Picky),
                "" => Err(String::new()),
                other => Err(alloc::format!("not {other}")),
            }
        }
    }

    fn init(options: &str) -> (i64, State<Picky>) {
        let mut state = State::new();
        assert_ne!(state.buffer(64), 0);
        state.message().1[..options.len()].copy_from_slice(options.as_bytes());
        (state.init(options.len() as i32), state)
    }

    #[test]
    fn a_policy_is_made_or_says_why_not() {
        let (raw, state) = init("{}");
        assert!(raw == 0 && state.policy.is_some());
        let (raw, state) = init("{\"a\":1}");
        assert!(raw as u32 == state.text.len() as u32 && state.policy.is_none());
        assert_eq!(state.text, "not {\"a\":1}");
        assert_eq!(init("").1.text, "refused without a reason");
    }

    #[test]
    fn reasons_are_told_one_a_line() {
        let mut state = State::<Picky>::new();
        assert_eq!((state.reasons() as u32, state.text.as_str()), (5, "a\nb-c"));
    }

    #[test]
    fn messages_lie_where_records_can_be_read() {
        let mut state = State::<Picky>::new();
        for length in [1, 100, 65_536] {
            assert_ne!(state.buffer(length), 0);
            let message = state.message().1;
            assert!((message.as_ptr() as usize).is_multiple_of(ALIGNMENT) && message.len() >= length as usize);
        }
    }
}

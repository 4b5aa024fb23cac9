//! What a command does to its connection, beyond its answer.

use redis::{Arg, Cmd};

use crate::left::Left;

/// What a command does to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Plain,
    /// It leaves something that has to be undone.
    Leaves(Left),
    /// If it succeeds, so much is undone.
    Clears(Left),
    /// Nothing undoes it; the name of the command.
    Spoils(&'static str),
    /// Nothing; and its answer may take as long as it likes.
    Waits,
}

/// The longest name in `effect_of`.
const LONGEST: usize = 12;

/// A word in capitals; empty if it is longer than any that matters.
struct Word([u8; LONGEST], usize);

impl Word {
    fn of(argument: Option<&[u8]>) -> Word {
        let mut word = Word([0; LONGEST], 0);
        if let Some(bytes) = argument.filter(|bytes| bytes.len() <= LONGEST) {
            word.0[..bytes.len()].copy_from_slice(bytes);
            word.0[..bytes.len()].make_ascii_uppercase();
            word.1 = bytes.len();
        }
        word
    }

    fn bytes(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

fn arguments(command: &Cmd) -> impl Iterator<Item = &[u8]> {
    command.args_iter().map(|argument| match argument {
        Arg::Simple(bytes) => bytes,
        // Where a scan is: a number.
        _ => &[],
    })
}

/// What a command does to a connection whose leases begin in the database `home`.
pub(crate) fn effect_of(command: &Cmd, home: u32) -> Effect {
    let mut arguments = arguments(command);
    let name = Word::of(arguments.next());
    match name.bytes() {
        b"MULTI" => Effect::Leaves(Left::MULTI),
        b"EXEC" | b"DISCARD" => Effect::Clears(Left::MULTI | Left::WATCH),
        b"WATCH" => Effect::Leaves(Left::WATCH),
        b"UNWATCH" => Effect::Clears(Left::WATCH),
        b"SELECT" if arguments.next() == Some(home.to_string().as_bytes()) => Effect::Clears(Left::DATABASE),
        b"SELECT" => Effect::Leaves(Left::DATABASE),
        b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE" | b"UNSUBSCRIBE" | b"PUNSUBSCRIBE" | b"SUNSUBSCRIBE" => {
            Effect::Leaves(Left::SUBSCRIBED)
        }
        b"READONLY" => Effect::Leaves(Left::READ_ONLY),
        b"READWRITE" => Effect::Clears(Left::READ_ONLY),
        b"ASKING" => Effect::Leaves(Left::UNANSWERED),
        b"CLIENT" => effect_of_client(Word::of(arguments.next()).bytes()),
        b"AUTH" => Effect::Spoils("AUTH"),
        b"HELLO" => Effect::Spoils("HELLO"),
        b"MONITOR" => Effect::Spoils("MONITOR"),
        b"PSYNC" => Effect::Spoils("PSYNC"),
        b"QUIT" => Effect::Spoils("QUIT"),
        b"REPLCONF" => Effect::Spoils("REPLCONF"),
        b"RESET" => Effect::Spoils("RESET"),
        b"SYNC" => Effect::Spoils("SYNC"),
        b"SCRIPT" if Word::of(arguments.next()).bytes() == b"DEBUG" => Effect::Spoils("SCRIPT DEBUG"),
        b"BLPOP" | b"BRPOP" | b"BRPOPLPUSH" | b"BLMOVE" | b"BLMPOP" | b"BZPOPMIN" | b"BZPOPMAX" | b"BZMPOP"
        | b"WAIT" | b"WAITAOF" => Effect::Waits,
        b"XREAD" | b"XREADGROUP" if waits_for_streams(&mut arguments) => Effect::Waits,
        _ => Effect::Plain,
    }
}

fn effect_of_client(subcommand: &[u8]) -> Effect {
    match subcommand {
        b"SETNAME" => Effect::Leaves(Left::NAME),
        b"TRACKING" | b"CACHING" => Effect::Leaves(Left::TRACKING),
        b"NO-EVICT" => Effect::Leaves(Left::NO_EVICT),
        b"NO-TOUCH" => Effect::Leaves(Left::NO_TOUCH),
        b"REPLY" => Effect::Spoils("CLIENT REPLY"),
        _ => Effect::Plain,
    }
}

/// Whether `BLOCK` is among the options, which end with `STREAMS`.
fn waits_for_streams<'a>(arguments: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut options = arguments.take_while(|argument| !argument.eq_ignore_ascii_case(b"STREAMS"));
    options.any(|argument| argument.eq_ignore_ascii_case(b"BLOCK"))
}

/// A command as a test writes it.
#[cfg(test)]
pub(crate) fn spelled(text: &str) -> Cmd {
    let mut words = text.split(' ');
    let mut command = redis::cmd(words.next().unwrap_or_default());
    for word in words {
        command.arg(word);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(command: &str) -> Effect {
        effect_of(&spelled(command), 2)
    }

    #[test]
    fn each_command_does_what_it_does_in_whatever_case() {
        for (command, expected) in [
            ("GET MULTI", Effect::Plain),
            ("a-name-longer-than-any-of-ours", Effect::Plain),
            ("multi", Effect::Leaves(Left::MULTI)),
            ("Exec", Effect::Clears(Left::MULTI | Left::WATCH)),
            ("SELECT 2", Effect::Clears(Left::DATABASE)),
            ("SELECT 0", Effect::Leaves(Left::DATABASE)),
            ("PUNSUBSCRIBE", Effect::Leaves(Left::SUBSCRIBED)),
            ("client setname x", Effect::Leaves(Left::NAME)),
            ("CLIENT ID", Effect::Plain),
            ("CLIENT REPLY OFF", Effect::Spoils("CLIENT REPLY")),
            ("SCRIPT LOAD DEBUG", Effect::Plain),
            ("monitor", Effect::Spoils("MONITOR")),
            ("BLPOP list 0", Effect::Waits),
            ("XREAD COUNT 2 BLOCK 0 STREAMS s $", Effect::Waits),
            ("XREAD STREAMS BLOCK 0", Effect::Plain),
        ] {
            assert_eq!(effect(command), expected, "{command}");
        }
    }
}

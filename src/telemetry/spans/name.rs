//! Names as values of attributes, without a copy for each span.

use std::cell::RefCell;
use std::sync::Arc;

use opentelemetry::{StringValue, Value};
use pool_core::EntryId;

use crate::telemetry::label::shown;

/// A power of two: as many names as a thread usually has to do with.
const KEPT: usize = 16;

/// A connection and its id as text.
type Known = Option<(EntryId, Arc<str>)>;

thread_local! {
    static IDS: RefCell<[Known; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
    static NAMES: RefCell<[Option<Arc<str>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
}

/// The name of a pool or an endpoint. The same few come again and again, so a thread keeps those
/// that it told of last: a count is cheaper than memory that another thread frees.
pub(super) fn name(text: &str) -> Value {
    Value::String(StringValue::from(shared(text)))
}

/// The same as text, to keep.
pub(super) fn shared(text: &str) -> Arc<str> {
    let shown = shown(text);
    let place = (text.as_ptr().addr() >> 3 ^ text.len()) & (KEPT - 1);
    let kept = NAMES.try_with(|names| {
        let known = &mut names.borrow_mut()[place];
        match known {
            Some(known) if **known == *shown => Arc::clone(known),
            _ => Arc::clone(known.insert(Arc::from(&*shown))),
        }
    });
    // A thread that ends keeps nothing.
    kept.unwrap_or_else(|_| Arc::from(&*shown))
}

/// A connection's id, as its `Display` has it: `c3.0`. A thread keeps those that it told of last.
pub(super) fn id(entry: EntryId) -> Value {
    let place = entry.index() & (KEPT - 1);
    let kept = IDS.try_with(|ids| {
        let known = &mut ids.borrow_mut()[place];
        match known {
            Some((known, text)) if *known == entry => Arc::clone(text),
            _ => Arc::clone(&known.insert((entry, Arc::from(written(entry)))).1),
        }
    });
    kept.map_or_else(|_| Value::from(written(entry)), |text| Value::String(StringValue::from(text)))
}

/// As `Display` writes it, faster.
fn written(entry: EntryId) -> String {
    // From its end; at most `c`, a dot and twice ten digits.
    let mut text = [0; 22];
    let mut first = number(&mut text, 22, entry.generation());
    first -= 1;
    text[first] = b'.';
    first = number(&mut text, first, entry.index() as u32);
    first -= 1;
    text[first] = b'c';
    String::from_utf8_lossy(&text[first..]).into_owned()
}

/// Writes a number before this place; where it begins.
fn number(text: &mut [u8; 22], end: usize, mut number: u32) -> usize {
    let mut first = end;
    loop {
        first -= 1;
        text[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return first;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_it_is_everywhere_else() {
        for (index, generation) in [(0, 0), (3, 1), (10, 99), (4_000_000_000, u32::MAX)] {
            let entry = EntryId::from_parts(index, generation);
            assert_eq!(written(entry), entry.to_string());
            assert_eq!(id(entry).to_string(), entry.to_string());
        }
    }

    #[test]
    fn a_name_is_itself_though_others_have_its_place() {
        let names: Vec<String> = (0..100).map(|number| format!("pool-{number}")).collect();
        for text in names.iter().chain(&names) {
            assert_eq!(name(text).to_string(), *text);
        }
    }
}

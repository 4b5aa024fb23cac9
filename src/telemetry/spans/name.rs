//! Names as values of attributes, without a copy for each span.

use std::cell::RefCell;
use std::sync::Arc;

use opentelemetry::{StringValue, Value};
use pool_core::EntryId;

use crate::telemetry::label::shown;

/// A power of two: as many names as a thread usually has to do with.
const KEPT: usize = 16;

thread_local! {
    static NAMES: RefCell<[Option<Arc<str>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
}

/// The name of a pool or an endpoint. The same few come again and again, so a thread keeps those
/// that it told of last: a count is cheaper than memory that another thread frees.
pub(super) fn name(text: &str) -> Value {
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
    kept.map_or_else(|_| Value::from(shown.into_owned()), |name| Value::String(StringValue::from(name)))
}

/// As its `Display` has it, faster: `c3.0`.
pub(super) fn id(entry: EntryId) -> String {
    let mut text = String::with_capacity(12);
    text.push('c');
    number(&mut text, entry.index() as u32);
    text.push('.');
    number(&mut text, entry.generation());
    text
}

fn number(text: &mut String, mut number: u32) {
    let mut digits = [0; 10];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend(digits[first..].iter().copied().map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_it_is_everywhere_else() {
        for (index, generation) in [(0, 0), (3, 1), (10, 99), (4_000_000_000, u32::MAX)] {
            let entry = EntryId::from_parts(index, generation);
            assert_eq!(id(entry), entry.to_string());
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

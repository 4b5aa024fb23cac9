//! Reads the steps of a case.

use std::time::Duration;

use pool_core::Outcome;

use super::known::Known;
use super::pool::{Pools, in_words};
use super::reader::{NOTHING, Reader, scalar};
use super::{crowd, dial, effects, endpoints_in_words};
use crate::config::{Data, Source, Spot, allowed, meant, nearest};
use crate::trace::step::{Action, Cut, Expected, Step, Takes, Whose};

/// What a step can do; each does one of them.
const ACTIONS: [&str; 17] = [
    "acquire",
    "release",
    "cancel",
    "advance",
    "network",
    "next_dial",
    "cut",
    "check",
    "reset",
    "close",
    "configure",
    "endpoints",
    "warm",
    "clear",
    "drain",
    "shut",
    "look",
];

/// What stands beside an action: the key, and the action that it belongs to.
const BESIDE: [(&str, &str); 6] = [
    ("at", "acquire"),
    ("timeout", "acquire"),
    ("key", "acquire"),
    ("hold", "acquire"),
    ("as", "release"),
    ("seen", "cut"),
];

const NOTE: &str = "note";

const OUTCOMES: [(&str, Outcome); 6] = [
    ("ok", Outcome::Ok),
    ("failed", Outcome::Failed),
    ("broken", Outcome::Broken),
    ("discarded", Outcome::Discarded),
    ("detached", Outcome::Detached),
    ("panicked", Outcome::Panicked),
];

type Entries = [(String, Spot)];

/// All steps. Without `pools`, since the case's own pool has mistakes, those that change it are not read.
pub(super) fn steps(
    reader: &mut Reader<'_>,
    mut pools: Option<&mut Pools>,
    spot: &Spot,
    known: &mut Known,
) -> Option<Vec<Step>> {
    let Data::List(items) = &spot.data else {
        reader.unexpected(spot, "a list of steps", ["for example: `- { acquire: A, dials: 1, grants: { A: 1 } }`"]);
        return None;
    };
    if items.is_empty() {
        reader.error(&spot.value, "a case without steps shows nothing", NOTHING);
    }
    let read: Vec<Option<Step>> = items.iter().map(|item| step(reader, pools.as_deref_mut(), item, known)).collect();
    read.into_iter().collect()
}

fn step(reader: &mut Reader<'_>, pools: Option<&mut Pools>, spot: &Spot, known: &mut Known) -> Option<Step> {
    let entries = reader.entries(spot, "a step", || vec![allowed(&ACTIONS)])?;
    let (mut first, mut expected, mut note) = (None, Expected::default(), None);
    for (key, spot) in entries {
        match key.as_str() {
            NOTE => note = reader.text(spot).map(str::to_owned),
            key if ACTIONS.contains(&key) => match first {
                None => first = Some((key, spot)),
                Some((first, _)) => {
                    let notes = ["a step has one: make two steps of it"];
                    reader.error(&spot.key, format!("two actions: `{first}` and `{key}`"), notes);
                }
            },
            key if BESIDE.iter().any(|(beside, _)| *beside == key) || effects::KEYS.contains(&key) => {}
            key => unknown_key(reader, key, spot),
        }
    }
    let Some((key, action)) = first else {
        let misspelled =
            entries.iter().any(|(key, _)| !effects::KEYS.contains(&key.as_str()) && nearest(key, ACTIONS).is_some());
        if !misspelled {
            let notes = [allowed(&ACTIONS), "where nothing is done: `look: {}`".to_owned()];
            reader.error(&(spot.value.start..spot.value.start), "a step without an action", notes);
        }
        return None;
    };
    let action = read_action(reader, pools, key, action, entries, known);
    for (key, spot) in entries.iter().filter(|(key, _)| effects::KEYS.contains(&key.as_str())) {
        effects::read(reader, key, spot, known, &mut expected);
    }
    Some(Step { line: reader.line(spot.value.start), action: action?, note, expected })
}

fn unknown_key(reader: &mut Reader<'_>, key: &str, spot: &Spot) {
    let known: Vec<&str> =
        ACTIONS.into_iter().chain(BESIDE.map(|(beside, _)| beside)).chain(effects::KEYS).chain([NOTE]).collect();
    let mut notes: Vec<String> = meant(key, known.iter().copied()).into_iter().collect();
    notes.push(format!("actions, one in each step: {}", words(&ACTIONS)));
    notes.push(format!("beside them: {}, `{NOTE}`", words(&BESIDE.map(|(beside, _)| beside))));
    notes.push(format!("what has to come of it: {}", words(&effects::KEYS)));
    reader.error(&spot.key, format!("unknown key `{key}`"), notes);
}

fn words(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn read_action(
    reader: &mut Reader<'_>,
    pools: Option<&mut Pools>,
    key: &str,
    spot: &Spot,
    entries: &Entries,
    known: &mut Known,
) -> Option<Action> {
    for (beside, of) in BESIDE {
        if let Some((_, spot)) = entries.iter().find(|(other, _)| other == beside && key != of) {
            reader.error(&spot.key, format!("`{beside}` belongs to `{of}`, not to `{key}`"), NOTHING);
        }
    }
    let beside = |key: &str| entries.iter().find(|(other, _)| other == key).map(|(_, spot)| spot);
    let yes = |action: Action, found: Option<()>| found.map(|()| action);
    match key {
        "acquire" => {
            let callers = names(reader, spot, |_, _, _| {})?;
            callers.iter().for_each(|name| known.asks(name));
            known.has_crowd |= beside("hold").is_some();
            Some(Action::Acquire {
                callers,
                at: beside("at").and_then(|spot| reader.text(spot)).map(str::to_owned),
                timeout: beside("timeout").and_then(|spot| reader.duration(spot)),
                key: beside("key").and_then(|spot| reader.number(spot)),
                hold: beside("hold").and_then(|spot| reader.duration(spot)),
            })
        }
        "release" => {
            let outcome = beside("as").and_then(|spot| reader.word(spot, &OUTCOMES)).unwrap_or_default();
            Some(Action::Release { whose: whose(reader, spot, known)?, outcome })
        }
        "cancel" => {
            names(reader, spot, |reader, name, spot| known.has_asked(reader, name, &spot.value)).map(Action::Cancel)
        }
        "advance" => advance(reader, spot).map(Action::Advance),
        "network" => dial::dials(reader, spot, known).map(Action::Network),
        "next_dial" => dial::dials(reader, spot, known).map(Action::NextDial),
        "cut" => {
            let seen = beside("seen").and_then(|spot| reader.yes(spot)).is_some();
            Some(Action::Cut { what: cut(reader, spot, known)?, seen })
        }
        "check" => takes(reader, spot, &["takes", "ok"]).map(Action::Check),
        "reset" => takes(reader, spot, &["takes", "ok"]).map(Action::Reset),
        "close" => takes(reader, spot, &["takes"]).map(Action::Close),
        "configure" => configure(reader, pools?, spot, known),
        "endpoints" => endpoints(reader, pools?, spot, known),
        "warm" => reader.count(spot).map(Action::Warm),
        "clear" => yes(Action::Clear, reader.yes(spot)),
        "drain" => yes(Action::Drain, reader.yes(spot)),
        "shut" => yes(Action::Shut, reader.yes(spot)),
        _ => reader.table(spot, &[]).map(|_| Action::Look),
    }
}

type Check<'k> = &'k dyn Fn(&mut Reader<'_>, &str, &Spot);

fn names(reader: &mut Reader<'_>, spot: &Spot, check: impl Fn(&mut Reader<'_>, &str, &Spot)) -> Option<Vec<String>> {
    let items = reader.one_or_more(spot);
    let read: Vec<Option<Vec<String>>> = items.iter().map(|item| those(reader, item, &check)).collect();
    read.into_iter().collect::<Option<Vec<_>>>().map(|names| names.concat())
}

/// The one who is named, or all of a crowd.
fn those(reader: &mut Reader<'_>, spot: &Spot, check: Check<'_>) -> Option<Vec<String>> {
    let names = crowd::names(reader, spot)?;
    names.iter().for_each(|name| check(reader, name, spot));
    Some(names)
}

fn whose(reader: &mut Reader<'_>, spot: &Spot, known: &Known) -> Option<Vec<Whose>> {
    let items = reader.one_or_more(spot);
    let asked: Check<'_> = &|reader, name, spot| known.has_asked(reader, name, &spot.value);
    let read: Vec<Option<Vec<Whose>>> = items
        .iter()
        .map(|item| match scalar(item).is_some_and(serde_json::Value::is_number) {
            true => reader.connection(item).map(|number| vec![Whose::Connection(number)]),
            false => those(reader, item, asked).map(|names| names.into_iter().map(Whose::Caller).collect()),
        })
        .collect();
    read.into_iter().collect::<Option<Vec<_>>>().map(|whose| whose.concat())
}

fn cut(reader: &mut Reader<'_>, spot: &Spot, known: &Known) -> Option<Vec<Cut>> {
    let items = reader.one_or_more(spot);
    let read: Vec<Option<Cut>> = items
        .iter()
        .map(|item| match scalar(item).is_some_and(serde_json::Value::is_number) {
            true => reader.connection(item).map(Cut::Connection),
            false => {
                let name = reader.text(item)?;
                known.has_endpoint(reader, name, &item.value);
                Some(Cut::Endpoint(name.to_owned()))
            }
        })
        .collect();
    read.into_iter().collect()
}

fn advance(reader: &mut Reader<'_>, spot: &Spot) -> Option<Duration> {
    let by = reader.duration(spot)?;
    if by == Duration::MAX {
        reader.error(&spot.value, "that time would never pass", NOTHING);
        return None;
    }
    Some(by)
}

fn takes(reader: &mut Reader<'_>, spot: &Spot, keys: &[&str]) -> Option<Takes> {
    let mut takes = Takes { takes: Duration::ZERO, ok: true };
    if matches!(spot.data, Data::List(_)) && keys.len() == 1 {
        let notes = ["did you mean `closes`, what is closed in this step?"];
        reader.error(&spot.key, "`close` says how long closes take from now on: `close: { takes: 5ms }`", notes);
        return None;
    }
    for (key, spot) in reader.table(spot, keys)? {
        match key.as_str() {
            "takes" => takes.takes = reader.duration(spot)?,
            "ok" => takes.ok = reader.truth(spot)?,
            _ => {}
        }
    }
    Some(takes)
}

fn configure(reader: &mut Reader<'_>, pools: &mut Pools, spot: &Spot, known: &mut Known) -> Option<Action> {
    super::only_of_the_pool(reader, spot);
    let Data::Table(entries) = &spot.data else { return None };
    let table = known.table.clone().with(entries);
    let pool = pools.read(reader, &table)?;
    known.table = table;
    Some(Action::Configure { told: in_words(spot), pool })
}

fn endpoints(reader: &mut Reader<'_>, pools: &mut Pools, spot: &Spot, known: &mut Known) -> Option<Action> {
    let told = endpoints_in_words(spot);
    if matches!(&spot.data, Data::List(items) if items.is_empty()) {
        // A pool cannot begin without any; it can lose them all.
        return Some(Action::Endpoints { told, endpoints: Vec::new() });
    }
    let table = known.table.clone().with_endpoints(spot);
    let pool = pools.read(reader, &table)?;
    known.table = table;
    match &pool.source {
        Source::Endpoints(endpoints) => Some(Action::Endpoints { told, endpoints: endpoints.clone() }),
        Source::Discovery(_) => None,
    }
}

//! A plugin with other options than these: one of them changed, as a user would on a live pool.

use pool_core::HumanDuration;
use serde_json::{Value, json};

use crate::Subject;
use crate::guard::guarded;
use crate::heir::takes_over;

/// So often each is tried by itself.
const TRIES: u64 = 3;

/// The same plugin with one option changed, in each way that it takes and that does no harm in itself: some options let
/// a policy do nothing. None if the options do not build.
pub(crate) fn neighbours(subject: &Subject) -> Vec<Subject> {
    let Ok(own) = subject.normalized() else { return Vec::new() };
    let mut found: Vec<Subject> = Vec::new();
    for options in changed(&own) {
        let Ok(options) = subject.plugin().normalize(options) else { continue };
        let other = subject.with_options(options);
        let is_new = *other.options() != own && found.iter().all(|known| known.options() != other.options());
        if is_new && other.mistake().is_none() && is_sound(&other) {
            found.push(other);
        }
    }
    found
}

fn is_sound(subject: &Subject) -> bool {
    subject.each_seed(TRIES, |seed| guarded(|| takes_over(subject, subject, seed))).is_ok()
}

/// What comes of it if one value in it is changed.
fn changed(value: &Value) -> Vec<Value> {
    let Value::Object(table) = value else { return others(value) };
    let one = |(key, value): (&String, &Value)| {
        let with = |other| {
            let mut table = table.clone();
            table.insert(key.clone(), other);
            Value::Object(table)
        };
        changed(value).into_iter().map(with).collect::<Vec<_>>()
    };
    table.iter().flat_map(one).collect()
}

/// Other values of such a kind.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(yes) => vec![json!(!yes)],
        Value::Number(number) => match number.as_u64() {
            Some(number) => [0, 1, number / 2, number.saturating_mul(2)].map(Value::from).into(),
            None => number.as_f64().map_or_else(Vec::new, |it| [0.0, it / 2.0, it * 2.0, 1.0].map(Value::from).into()),
        },
        Value::String(text) if serde_json::from_value::<HumanDuration>(json!(text)).is_ok() => {
            ["1ms", "1s", "1h", "never"].map(Value::from).into()
        }
        // It may be absent, and nothing says what it would be.
        Value::Null => vec![json!(1), json!("1s")],
        Value::String(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants;

    #[test]
    fn each_value_is_changed_by_itself() {
        let own = json!({ "on": true, "most": 8, "share": 0.5, "name": "a", "every": "10s", "in": { "none": null } });
        let changed = changed(&own);
        assert_eq!(changed.len(), 1 + 4 + 4 + 4 + 2);
        for other in
            [json!({ "most": 16 }), json!({ "every": "never" }), json!({ "in": { "none": 1 } }), json!({ "on": false })]
        {
            let mut expected = own.clone();
            let table = expected.as_object_mut().expect("a table");
            table.extend(other.as_object().expect("a table").clone());
            assert!(changed.contains(&expected), "{expected}");
        }
    }

    #[test]
    fn they_build_and_differ() {
        let subject = Subject::from(mutants::balance::LONG_ARM);
        let found = neighbours(&subject);
        let options: Vec<_> = found.iter().map(|it| it.options().to_string()).collect();
        assert_eq!(options, [r#"{"reach":1}"#, r#"{"reach":4}"#, r#"{"reach":16}"#], "it refuses 0");
        assert!(neighbours(&Subject::from(mutants::balance::BLIND)).is_empty(), "it has no options");
    }
}

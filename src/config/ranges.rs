//! Which numbers make sense where: narrower than what their types can hold.

/// Options of a pool that are whole numbers, by section and key, with the least and the most that
/// is taken.
const RANGES: [(&str, &str, u32, u32); 7] = [
    ("limits", "max_open", 1, MOST_OPEN),
    ("limits", "max_open_per_endpoint", 1, u32::MAX),
    ("limits", "max_leases", 1, u32::MAX),
    ("dial", "attempts", 1, u32::MAX),
    // No more than may be open.
    ("limits", "min_idle", 0, MOST_OPEN),
    ("dial", "max_concurrent", 1, u32::MAX),
    ("dial", "breaker_failures", 1, u32::MAX),
];

/// Those that may be no limit at all.
const UNLIMITED: [&str; 4] = ["max_open", "max_open_per_endpoint", "max_leases", "max_concurrent"];

/// More than a pool can hold is refused.
const MOST_OPEN: u32 = 1 << 24;

/// What is expected of the number at a path: `pools.orders.limits.max_open`. `None` if its type says it.
pub(super) fn expected(path: &[String]) -> Option<String> {
    let [pools, _, section, key] = path else { return None };
    let (.., least, most) =
        RANGES.iter().find(|range| pools == "pools" && (range.0, range.1) == (section.as_str(), key.as_str()))?;
    let or_none = if UNLIMITED.contains(&key.as_str()) { ", or \"unlimited\"" } else { "" };
    Some(format!("a whole number from {least} to {most}{or_none}"))
}

#[cfg(test)]
mod tests {
    use pool_core::PoolOptions;
    use serde_json::{Value, json};

    use super::*;

    fn is_taken(section: &str, key: &str, number: u64) -> bool {
        let mut options = serde_json::to_value(PoolOptions::default()).expect("plain values");
        if key != "max_open" {
            options["limits"]["max_open"] = json!(MOST_OPEN);
        }
        options[section][key] = Value::from(number);
        serde_json::from_value::<PoolOptions>(options).is_ok_and(|options| options.mistakes().is_empty())
    }

    #[test]
    fn the_ranges_are_those_that_the_pool_takes() {
        for (section, key, least, most) in RANGES {
            let (least, most) = (u64::from(least), u64::from(most));
            assert!(is_taken(section, key, least) && is_taken(section, key, most), "{section}.{key}");
            assert!(least == 0 || !is_taken(section, key, least - 1), "{section}.{key} of {}", least - 1);
            assert!(!is_taken(section, key, most + 1), "{section}.{key} of {}", most + 1);
        }
    }
}

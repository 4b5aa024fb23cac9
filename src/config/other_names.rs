//! What other pools call things, for whoever comes from one.

/// What others call it, and what it is here. Case, dashes and underscores aside.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("capacity", "limits.max_open"),
    ("max_active", "limits.max_open"),
    ("max_active_conns", "limits.max_open"),
    ("max_conns", "limits.max_open"),
    ("max_connections", "limits.max_open"),
    ("max_open_connections", "limits.max_open"),
    ("max_open_conns", "limits.max_open"),
    ("max_pool_size", "limits.max_open"),
    ("maximum_pool_size", "limits.max_open"),
    ("max_size", "limits.max_open"),
    ("max_total", "limits.max_open"),
    ("pool_size", "limits.max_open"),
    ("size", "limits.max_open"),
    ("max_idle_connections", "limits.max_idle"),
    ("max_idle_conns", "limits.max_idle"),
    ("max_pool_idle", "limits.max_idle"),
    ("max_conns_per_host", "limits.max_open_per_endpoint"),
    ("max_idle_conns_per_host", "limits.max_idle_per_endpoint"),
    ("pool_max_idle_per_host", "limits.max_idle_per_endpoint"),
    ("min_idle_conns", "limits.min_idle"),
    ("min_conns", "limits.min_idle"),
    ("min_connections", "limits.min_idle"),
    ("min_pool_size", "limits.min_idle"),
    ("minimum_idle", "limits.min_idle"),
    ("min_size", "limits.min_idle"),
    ("max_pending", "limits.max_waiting"),
    ("max_queue", "limits.max_waiting"),
    ("queue_size", "limits.max_waiting"),
    ("acquire_timeout", "wait.timeout"),
    ("checkout_timeout", "wait.timeout"),
    ("connection_timeout", "wait.timeout"),
    ("max_wait", "wait.timeout"),
    ("pool_timeout", "wait.timeout"),
    ("wait_timeout", "wait.timeout"),
    ("connect_timeout", "dial.timeout"),
    ("create_timeout", "dial.timeout"),
    ("dial_timeout", "dial.timeout"),
    ("leak_detection_threshold", "lease.overdue_after"),
    ("test_before_acquire", "upkeep.check_after_idle"),
    ("test_on_borrow", "upkeep.check_after_idle"),
    ("test_on_check_out", "upkeep.check_after_idle"),
    ("address", "endpoints"),
    ("addresses", "endpoints"),
    ("backends", "endpoints"),
    ("host", "endpoints"),
    ("hosts", "endpoints"),
    ("nodes", "endpoints"),
    ("servers", "endpoints"),
    ("upstreams", "endpoints"),
    ("url", "endpoints"),
    ("conn_max_idle_time", IDLE),
    ("idle_conn_timeout", IDLE),
    ("keepalive_timeout", IDLE),
    ("idle_timeout", IDLE),
    ("max_conn_idle_time", IDLE),
    ("max_idle_time", IDLE),
    ("conn_max_lifetime", AGE),
    ("max_age", AGE),
    ("max_conn_age", AGE),
    ("max_conn_lifetime", AGE),
    ("max_lifetime", AGE),
    ("ttl", AGE),
    ("max_requests", USES),
    ("max_uses", USES),
];

const IDLE: &str = "evict = [{ kind = \"idle-timeout\", after = \"10m\" }]";
const AGE: &str = "evict = [{ kind = \"ttl\", max_age = \"30m\" }]";
const USES: &str = "release = { kind = \"max-uses\", uses = 1000 }";

/// What a key of another pool is called here, as a note.
pub(super) fn note(key: &str) -> Option<String> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let key_plain = plain(key);
    let (_, ours) = OTHER_NAMES.iter().find(|(other, _)| plain(other) == key_plain)?;
    Some(format!("what others call `{key}` is here `{ours}`, in the pool's table"))
}

#[cfg(test)]
mod tests {
    use pool_core::PoolOptions;

    use super::*;

    #[test]
    fn every_name_leads_to_a_key_that_there_is() {
        let options = serde_json::to_value(PoolOptions::default()).expect("plain values");
        for (other, ours) in OTHER_NAMES {
            match ours.split_once('.').filter(|_| !ours.contains('{')) {
                Some((section, key)) => assert!(options[section].get(key).is_some(), "{other}: {ours}"),
                None => {
                    let text = match *ours {
                        "endpoints" => "",
                        policy => policy,
                    };
                    let file =
                        format!("[pools.a]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"127.0.0.1:1\"]\n{text}\n");
                    let app = crate::App::new();
                    crate::Loader::new(&app).text("a.toml", file).load().unwrap_or_else(|error| panic!("{error}"));
                }
            }
        }
    }

    #[test]
    fn case_and_dashes_do_not_matter() {
        assert!(note("maximumPoolSize").is_some_and(|note| note.contains("`limits.max_open`")));
        assert!(note("pool-size").is_some());
        assert_eq!(note("colour"), None);
    }
}

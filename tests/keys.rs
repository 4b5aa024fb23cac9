//! The guide on keys says what is so: its configurations load, its code runs, and keys lead where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clearpool::connector::TcpConnector;
use clearpool::{AcquireOptions, App, Loader, Pool, Pools, telemetry};
use tokio::net::TcpListener;

const GUIDE: &str = include_str!("../docs/guides/keys.md");

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    GUIDE.split(&format!("```{language}\n")).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_configurations_load() {
    let configurations = blocks("toml");
    assert_eq!(configurations.len(), 2);
    for toml in configurations {
        Loader::new(&App::new()).text("pool.toml", toml).load().expect("a good file");
    }
}

#[test]
fn the_code_is_what_is_run_here() {
    let here: Vec<&str> = include_str!("keys.rs").lines().map(str::trim).collect();
    let shown = blocks("rust").concat();
    let shown: Vec<&str> = shown.lines().map(str::trim).collect();
    assert_eq!(shown.len(), 3);
    assert!(here.windows(shown.len()).any(|lines| lines == shown), "tests/keys.rs does not have {shown:#?}");
}

#[tokio::test]
async fn a_key_leads_to_the_same_endpoint_in_every_pool() -> Result {
    for policy in ["ring-hash", "maglev"] {
        let servers = servers(4).await?;
        let (one, other) = (pool(&servers, policy, true)?, pool(&servers, policy, true)?);
        let mut owners = BTreeMap::new();
        for key in 0..100 {
            let lease = one.acquire_with(AcquireOptions::new().key(key)).await?;
            owners.insert(key, lease.endpoint().name().to_owned());
        }
        for (&key, owner) in &owners {
            let lease = other.acquire_with(AcquireOptions::new().key(key)).await?;
            assert_eq!(lease.endpoint().name(), owner, "{policy}, key {key}");
        }
        let used: BTreeSet<_> = owners.into_values().collect();
        assert_eq!(used.len(), 4, "{policy}");
    }
    Ok(())
}

#[tokio::test]
async fn where_the_pool_is_strict_a_key_waits_for_its_endpoint_and_else_takes_another() -> Result {
    for policy in ["ring-hash", "maglev"] {
        for strict in [true, false] {
            let pool = pool(&servers(2).await?, policy, strict)?;
            // Whose work it is: the same number leads to the same endpoint, in this process and in every other.
            let tenant: u64 = 42;
            let lease = pool.acquire_with(AcquireOptions::new().key(tenant)).await?;
            let owner = lease.endpoint().name().to_owned();
            let at_once = AcquireOptions::new().key(tenant).timeout(Duration::from_millis(300));
            // There is one connection for each endpoint, and that one is out.
            match pool.acquire_with(at_once).await {
                Ok(second) => assert!(!strict && second.endpoint().name() != owner, "{policy}"),
                Err(error) => assert!(strict, "{policy}: {error}"),
            }
            drop(lease);
            let again = pool.acquire_with(at_once).await?;
            assert_eq!(again.endpoint().name(), owner, "{policy}");
        }
    }
    Ok(())
}

/// Servers that take connections and say nothing.
async fn servers(count: usize) -> std::io::Result<Vec<String>> {
    let mut addresses = Vec::new();
    for _ in 0..count {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.push(listener.local_addr()?.to_string());
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.push(stream);
            }
        });
    }
    Ok(addresses)
}

/// A pool with one connection for each endpoint.
fn pool(servers: &[String], policy: &str, strict: bool) -> Result<Pool<TcpConnector>> {
    let file = format!(
        r#"
        [pools.cache]
        connector = {{ kind = "tcp" }}
        limits    = {{ max_open_per_endpoint = 1 }}
        balance   = {{ kind = "{policy}" }}
        wait      = {{ strict = {strict} }}
        "#
    );
    let app = App::new();
    let config = Loader::new(&app).text("pool.toml", file).set("pools.cache.endpoints", servers.to_vec()).load()?;
    let pools = Pools::from_config(&app, &config, &telemetry::init(&config.telemetry)?)?;
    Ok(pools.get::<TcpConnector>("cache")?)
}

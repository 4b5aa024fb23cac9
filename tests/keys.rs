//! The guide on keys says what is so: its configurations load, its code runs, and keys lead where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clearpool::connector::TcpConnector;
use clearpool::connector::grpc::{CallOptions, GrpcConnector, GrpcPool};
use clearpool::connector::http::{HttpConnector, HttpPool, LeaseInfo, RequestOptions};
use clearpool::core::Connector;
use clearpool::{AcquireOptions, App, Loader, Pool, Pools, key_of, telemetry};
use http::Request;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::server::{Server, TcpIncoming};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const GUIDE: &str = include_str!("../docs/guides/keys.md");

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    GUIDE.split(&format!("```{language}\n")).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_configurations_load() {
    let configurations = blocks("toml");
    assert_eq!(configurations.len(), 3);
    for toml in configurations {
        Loader::new(&App::new()).text("pool.toml", toml).load().expect("a good file");
    }
}

#[test]
fn the_code_is_what_is_run_here() {
    let here: Vec<&str> = include_str!("keys.rs").lines().map(str::trim).collect();
    assert_eq!(blocks("rust").len(), 2);
    for shown in blocks("rust") {
        let shown: Vec<&str> = shown.lines().map(str::trim).collect();
        assert!(here.windows(shown.len()).any(|lines| lines == shown), "tests/keys.rs does not have {shown:#?}");
    }
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

#[tokio::test]
async fn requests_over_http_go_where_their_key_leads() -> Result {
    let servers = http_servers(4).await?;
    let pool = configured::<HttpConnector>(r#"{ kind = "http", key_header = "x-tenant" }"#, &servers)?;
    let shop = HttpPool::new(pool.clone());
    let served_by = async |request| -> Result<String> {
        let response = shop.request(request).await?;
        Ok(response.extensions().get::<LeaseInfo>().ok_or("it tells of its lease")?.endpoint.clone())
    };
    let mut used = BTreeSet::new();
    for tenant in (0..20).map(|number| format!("tenant {number}")) {
        let owner = owner_of(&pool, key_of(&tenant)).await?;
        let by_header = || Request::get("/orders").header("x-tenant", &tenant);
        assert_eq!(served_by(by_header().body(String::new())?).await?, owner, "{tenant}");
        let other = format!("{tenant}, in truth");
        let own = RequestOptions::new().key(key_of(&other));
        let theirs = served_by(by_header().extension(own).body(String::new())?).await?;
        assert_eq!(theirs, owner_of(&pool, key_of(&other)).await?, "{other}");
        used.insert(owner);
    }
    assert_eq!(used.len(), 4);
    let tenant = 42;
    let mut request = Request::get("/orders").body(String::new())?;
    request.extensions_mut().insert(RequestOptions::new().key(tenant));
    let response = shop.request(request).await?;
    assert_eq!(response.status(), 204);
    Ok(())
}

#[tokio::test]
async fn calls_over_grpc_go_where_their_key_leads() -> Result {
    let servers = grpc_servers(4).await?;
    let pool = configured::<GrpcConnector>(r#"{ kind = "grpc", key_header = "x-tenant" }"#, &servers)?;
    let mut health = HealthClient::new(GrpcPool::from(pool.clone()).channel());
    let mut used = BTreeSet::new();
    for tenant in (0..20).map(|number| format!("tenant {number}")) {
        let owner = owner_of(&pool, key_of(&tenant)).await?;
        // Each server knows the service that has its own address for a name, and no other.
        let mut call = tonic::Request::new(HealthCheckRequest { service: owner.clone() });
        call.metadata_mut().insert("x-tenant", tenant.parse()?);
        health.check(call).await?;
        let other = format!("{tenant}, in truth");
        let mut call = tonic::Request::new(HealthCheckRequest { service: owner_of(&pool, key_of(&other)).await? });
        call.metadata_mut().insert("x-tenant", tenant.parse()?);
        call.extensions_mut().insert(CallOptions::new().key(key_of(&other)));
        health.check(call).await?;
        used.insert(owner);
    }
    assert_eq!(used.len(), 4);
    Ok(())
}

/// Where a key leads.
async fn owner_of<C: Connector>(pool: &Pool<C>, key: u64) -> Result<String> {
    Ok(pool.acquire_with(AcquireOptions::new().key(key)).await?.endpoint().name().to_owned())
}

/// Servers of HTTP that have nothing to say.
async fn http_servers(count: usize) -> std::io::Result<Vec<String>> {
    let mut addresses = Vec::new();
    for _ in 0..count {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.push(format!("http://{}", listener.local_addr()?));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
    }
    Ok(addresses)
}

/// Answers each request, none of which has a body.
async fn answer(stream: TcpStream) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    while let Some(line) = lines.next_line().await? {
        if line.is_empty() {
            writing.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
        }
    }
    Ok(())
}

/// Servers of gRPC, each of which says of the service that is called like its address that it serves.
async fn grpc_servers(count: usize) -> std::io::Result<Vec<String>> {
    let mut addresses = Vec::new();
    for _ in 0..count {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (reporter, service) = tonic_health::server::health_reporter();
        reporter.set_service_status(&address, ServingStatus::Serving).await;
        let serving = Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(serving);
        addresses.push(address);
    }
    Ok(addresses)
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
    let keys = format!(
        r#"
        limits    = {{ max_open_per_endpoint = 1 }}
        balance   = {{ kind = "{policy}" }}
        wait      = {{ strict = {strict} }}
        "#
    );
    built(r#"{ kind = "tcp" }"#, &keys, servers)
}

/// A pool by ring-hash that waits for the endpoint of a key.
fn configured<C: Connector>(connector: &str, servers: &[String]) -> Result<Pool<C>> {
    built(connector, "balance = { kind = 'ring-hash' }\nwait = { strict = true }", servers)
}

fn built<C: Connector>(connector: &str, keys: &str, servers: &[String]) -> Result<Pool<C>> {
    let file = format!("[pools.cache]\nconnector = {connector}\n{keys}");
    let app = App::new();
    let config = Loader::new(&app).text("pool.toml", file).set("pools.cache.endpoints", servers.to_vec()).load()?;
    let pools = Pools::from_config(&app, &config, &telemetry::init(&config.telemetry)?)?;
    Ok(pools.get::<C>("cache")?)
}

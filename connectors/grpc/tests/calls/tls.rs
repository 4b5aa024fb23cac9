//! TLS with servers of all sorts.

use std::fs;

use clearpool_servers::{Authority, Papers};
use pool_connector_grpc::{GrpcConnector, GrpcPool};
use pool_connector_tcp::TlsOptions;
use pool_core::ErrorClass;
use tonic::Status;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::echo::{Told, ask};
use crate::server::Server;
use crate::{builder, built, client, pool};

fn config(papers: &Papers) -> ServerTlsConfig {
    let read = |file| fs::read(file).expect("a file");
    ServerTlsConfig::new().identity(Identity::from_pem(read(&papers.certificate), read(&papers.key)))
}

async fn serving(config: ServerTlsConfig) -> Server {
    Server::start_as("one", |tonic| tonic.tls_config(config).expect("good papers")).await
}

fn trusting(tls: TlsOptions, server: &Server) -> GrpcPool {
    built(builder(|options| options.tls = Some(tls)), [server.address])
}

async fn call(pool: &GrpcPool) -> Result<Told, Status> {
    client(pool).say(ask()).await
}

/// The last dial failed with these words, and whether it is worth repeating.
async fn fails(pool: &GrpcPool, words: &str, class: ErrorClass) {
    let status = call(pool).await.expect_err(words);
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert!(status.message().contains(words), "{status}");
    let error = std::error::Error::source(&status).expect("a source");
    let error = error.downcast_ref::<pool_tokio::AcquireError<_>>().expect("the pool's");
    let error: &pool_tokio::AcquireError<<GrpcConnector as pool_core::Connector>::Error> = error;
    assert_eq!(error.about().last_dial.as_ref().expect("a dial").class, class, "{status}");
}

#[tokio::test]
async fn whoever_trusts_the_server_is_served() {
    let authority = Authority::new();
    let server = serving(config(&authority.server())).await;
    let pool = trusting(TlsOptions::new(authority.roots()), &server);
    let told = call(&pool).await.expect("served");
    assert_eq!((told.server.as_str(), told.authority), ("one", server.address.to_string()));
    let url = format!("https://localhost:{}", server.address.port());
    let pool = built(builder(|options| options.tls = Some(TlsOptions::new(authority.roots()))), [url]);
    assert_eq!(call(&pool).await.expect("served").server, "one");
}

#[tokio::test]
async fn a_server_that_strangers_vouch_for_is_not_spoken_to() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = serving(config(&stranger.server())).await;
    let tls = TlsOptions::new(authority.roots());
    fails(&trusting(tls, &server), "because of a certificate", ErrorClass::Permanent).await;
    let pool = pool([format!("https://{}", server.address)]);
    fails(&pool, "because of a certificate", ErrorClass::Permanent).await;
    let expired = serving(config(&authority.expired())).await;
    fails(&trusting(TlsOptions::new(authority.roots()), &expired), "because of a certificate", ErrorClass::Permanent)
        .await;
    let named = TlsOptions::new(authority.roots()).server_name("elsewhere.example");
    let server = serving(config(&authority.server())).await;
    fails(&trusting(named, &server), "because of a certificate", ErrorClass::Permanent).await;
}

#[tokio::test]
async fn who_speaks_tls_and_who_does_not_fail_each_other_with_a_hint() {
    let authority = Authority::new();
    let plain = Server::start("plain").await;
    let pool_of_tls = trusting(TlsOptions::new(authority.roots()), &plain);
    fails(&pool_of_tls, "does it speak TLS?", ErrorClass::Transient).await;
    let tls = serving(config(&authority.server())).await;
    fails(&pool([tls.address]), "does it want TLS?", ErrorClass::Transient).await;
}

#[tokio::test]
async fn a_client_shows_its_certificate_where_one_is_wanted() {
    let authority = Authority::new();
    let roots = Certificate::from_pem(fs::read(authority.roots()).expect("a file"));
    let server = serving(config(&authority.server()).client_ca_root(roots)).await;
    let papers = authority.client();
    let known = TlsOptions::new(authority.roots()).client(papers.certificate, papers.key);
    assert_eq!(call(&trusting(known, &server)).await.expect("served").server, "one");
    let unknown = trusting(TlsOptions::new(authority.roots()), &server);
    let status = call(&unknown).await.expect_err("it has none to show");
    assert!(status.message().to_lowercase().contains("certificate"), "{status}");
}

#[tokio::test]
async fn a_tls_server_that_does_not_offer_http2_is_none_of_ours() {
    let authority = Authority::new();
    let papers = authority.server();
    // One that refuses whoever does not want what it offers, and one that knows no such offers.
    for offers in [&["http/1.1"][..], &[]] {
        let server = crate::server::over_tls(&papers, offers).await;
        let pool = built(builder(|options| options.tls = Some(TlsOptions::new(authority.roots()))), [server]);
        fails(&pool, "did not agree on HTTP/2", ErrorClass::Permanent).await;
    }
}

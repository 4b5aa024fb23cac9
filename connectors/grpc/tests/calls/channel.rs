//! What calls of a channel carry, and where they go.

use pool_connector_grpc::{CallOptions, Connectivity};
use tonic::Request;
use tonic::codegen::tokio_stream::iter;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::echo::{EchoClient, ask};
use crate::server::Server;
use crate::{builder, built, client, pool, until, warm};

#[tokio::test]
async fn calls_name_their_server_and_their_client() {
    let server = Server::start("one").await;
    let version = env!("CARGO_PKG_VERSION");
    let plain = pool([server.address]);
    let told = client(&plain).say(ask()).await.expect("served");
    assert_eq!(told.authority, server.address.to_string());
    assert_eq!(told.user_agent, format!("clearpool-grpc/{version}"));
    let options = builder(|options| {
        options.authority = Some("orders.example".to_owned());
        options.user_agent = Some("shop/1".to_owned());
    });
    let named = built(options, [format!("http://{}", server.address)]);
    let told = client(&named).say(ask()).await.expect("served");
    assert_eq!(
        (told.authority.as_str(), told.user_agent),
        ("orders.example", format!("shop/1 clearpool-grpc/{version}"))
    );
    let channel = named.channel().authority("other.example:7").expect("one").user_agent("till/2").expect("good signs");
    let mut request = Request::new(ask());
    request.metadata_mut().insert("user-agent", "mine/3".parse().expect("a value"));
    let told = EchoClient::new(channel).say(request).await.expect("served");
    assert_eq!(told.authority, "other.example:7");
    assert_eq!(told.user_agent, format!("mine/3 till/2 clearpool-grpc/{version}"));
    assert!(named.channel().authority("no authority").is_err());
}

#[tokio::test]
async fn a_call_can_ask_for_its_endpoint() {
    let (one, two) = (Server::start("one").await, Server::start("two").await);
    let pool = pool([one.address, two.address]);
    for server in [&two, &one, &two, &two] {
        let mut request = Request::new(ask());
        request.extensions_mut().insert(CallOptions::new().endpoint(server.address.to_string()));
        client(&pool).say(request).await.expect("served");
    }
    assert_eq!((one.echo.served(), two.echo.served()), (1, 3));
    let mut request = Request::new(ask());
    request.extensions_mut().insert(CallOptions::new().endpoint("nobody").key(7));
    let status = client(&pool).say(request).await.expect_err("there is no such endpoint");
    assert!(status.message().contains("the endpoint that was asked for is not one of its 2"), "{status}");
}

#[tokio::test]
async fn endpoints_tell_how_they_are_in_grpc_s_words() {
    let server = Server::start("one").await;
    let pool = pool([server.address.to_string(), "127.0.0.1:1".to_owned()]);
    let states = || pool.states().iter().map(|state| state.connectivity).collect::<Vec<_>>();
    assert_eq!(states(), [Connectivity::Idle, Connectivity::Idle]);
    for _ in 0..4 {
        client(&pool).say(ask()).await.expect("served");
    }
    until("the second to fail", || states() == [Connectivity::Ready, Connectivity::TransientFailure]).await;
    assert_eq!(Connectivity::TransientFailure.as_str(), "TRANSIENT_FAILURE");
    assert!(format!("{pool:?}").starts_with("GrpcPool(pool: "), "{pool:?}");
}

#[tokio::test]
async fn a_connection_that_is_being_made_is_connecting_and_gets_no_call() {
    let held = clearpool_servers::serve_holding();
    let server = Server::start("one").await;
    let pool = pool([held, server.address.to_string()]);
    let mut request = Request::new(ask());
    request.extensions_mut().insert(CallOptions::new().endpoint(server.address.to_string()));
    client(&pool).say(request).await.expect("served");
    for _ in 0..10 {
        assert_eq!(client(&pool).say(ask()).await.expect("served").server, "one");
    }
    until("it to connect", || pool.states()[0].connectivity == Connectivity::Connecting).await;
    assert_eq!(pool.states()[1].connectivity, Connectivity::Ready);
}

#[tokio::test]
async fn a_channel_keeps_its_pool() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    warm(&pool).await;
    let mut client = client(&pool);
    drop(pool);
    assert_eq!(client.say(ask()).await.expect("the channel is a handle too").server, "one");
}

#[tokio::test]
async fn clients_that_tonic_generates_are_made_of_it() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    server.report("orders", ServingStatus::NotServing).await;
    let asked = HealthCheckRequest { service: "orders".to_owned() };
    let health = HealthClient::new(pool.channel()).check(asked).await.expect("served").into_inner();
    assert_eq!(health.status, ServingStatus::NotServing as i32);
    // Reflection is a conversation: what there is, and then what that is.
    let ask = |message_request| ServerReflectionRequest { host: String::new(), message_request: Some(message_request) };
    let asked = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("grpc.health.v1.Health".to_owned())),
    ];
    let mut reflection = ServerReflectionClient::new(pool.channel());
    let mut told = reflection.server_reflection_info(iter(asked)).await.expect("served").into_inner();
    let mut next = async || told.message().await.expect("good").and_then(|told| told.message_response);
    let Some(MessageResponse::ListServicesResponse(listed)) = next().await else { panic!("a list") };
    let names: Vec<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
    let Some(MessageResponse::FileDescriptorResponse(found)) = next().await else { panic!("a file") };
    assert_eq!(found.file_descriptor_proto.len(), 1);
    assert!(next().await.is_none(), "all is told");
    until("the leases to end", || pool.pool().leases().is_empty()).await;
    assert_eq!(pool.pool().snapshot().counters().dials, 1);
}

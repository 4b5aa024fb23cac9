//! The client in stacks of tower.

use std::future::poll_fn;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use pool_connector_http::{HttpBody, HttpError, HttpPool};
use tower_service::Service;

use crate::peers::{Backend, Speaks};
use crate::{client, get, read};

/// A layer as tower's are: it knows nothing of what it is put around.
#[derive(Clone)]
struct Agent<S>(S);

impl<S, B> Service<Request<B>> for Agent<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.headers_mut().insert("user-agent", "clearpool".parse().expect("a header"));
        self.0.call(request)
    }
}

async fn call<B>(service: &mut Agent<HttpPool>, request: Request<B>) -> Result<Response<HttpBody>, HttpError>
where
    Agent<HttpPool>: Service<Request<B>, Response = Response<HttpBody>, Error = HttpError>,
{
    poll_fn(|cx| service.poll_ready(cx)).await?;
    service.call(request).await
}

#[tokio::test]
async fn a_client_is_a_service_of_any_body() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let mut service = Agent(client([backend.url()], |_| ()));
    let empty = Request::get("/").body(Empty::<Bytes>::new()).expect("a request");
    assert_eq!(read(call(&mut service, empty).await.expect("it answers")).await.expect("a body").text, "a");
    let full = Request::post("/echo").body(Full::new(Bytes::from("abc"))).expect("a request");
    let got = read(call(&mut service, full).await.expect("it answers")).await.expect("a body");
    assert_eq!((got.text.as_str(), got.lease.uses), ("abc", 2));
    assert_eq!(backend.last().2["user-agent"], "clearpool");
}

/// Many at once on several threads: each gets its own answer, and all connections come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_is_shared_by_tasks_on_several_threads() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let pool = client([backend.url()], |options| {
            if speaks == Speaks::Http2 {
                options.version = pool_connector_http::HttpVersion::Http2;
            }
        });
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    for round in 0..50 {
                        let said = format!("{task} {round}");
                        let request = Request::post("/echo").body(Full::new(Bytes::from(said.clone())));
                        let got = pool.request(request.expect("a request")).await.expect("it answers");
                        assert_eq!(read(got).await.expect("a body").text, said);
                        assert_eq!(get(&pool, "/empty").await.expect("it answers").status, 204);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        crate::until(&pool, "all to come back", |now| now.leases == 0 && now.pending == 0).await;
        assert_eq!(backend.requests(), 1600);
        assert!(backend.connections() <= 10, "{}", backend.connections());
    }
}

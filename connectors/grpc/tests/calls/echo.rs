//! A service for tests, written by hand: it says who it is, when and how it is told to.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tonic::body::Body;
use tonic::codegen::tokio_stream::Stream;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{
    ClientStreamingService, Grpc, NamedService, ServerStreamingService, StreamingService, UnaryService,
};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// What is asked.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Ask {
    /// Answer after so many milliseconds.
    #[prost(uint32, tag = "1")]
    pub(crate) hold: u32,
    /// Answer when the gate is open.
    #[prost(bool, tag = "2")]
    pub(crate) gated: bool,
    /// Answer with this code.
    #[prost(int32, tag = "3")]
    pub(crate) code: i32,
    /// So many answers.
    #[prost(uint32, tag = "4")]
    pub(crate) count: u32,
    /// To make it long.
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) padding: Vec<u8>,
}

/// What is told.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Told {
    /// Who tells it.
    #[prost(string, tag = "1")]
    pub(crate) server: String,
    /// Which answer it is.
    #[prost(uint32, tag = "2")]
    pub(crate) number: u32,
    /// How long the padding was.
    #[prost(uint64, tag = "3")]
    pub(crate) padding: u64,
    #[prost(string, tag = "4")]
    pub(crate) user_agent: String,
    #[prost(string, tag = "5")]
    pub(crate) timeout: String,
    #[prost(string, tag = "6")]
    pub(crate) authority: String,
}

pub(crate) fn ask() -> Ask {
    Ask::default()
}

pub(crate) fn fail(code: Code) -> Ask {
    Ask { code: code as i32, ..ask() }
}

pub(crate) fn gated() -> Ask {
    Ask { gated: true, ..ask() }
}

/// A client, as a generated one would be.
#[derive(Debug, Clone)]
pub(crate) struct EchoClient<T>(tonic::client::Grpc<T>);

impl<T> EchoClient<T>
where
    T: tonic::client::GrpcService<Body>,
    T::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <T::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    pub(crate) fn new(inner: T) -> EchoClient<T> {
        EchoClient(tonic::client::Grpc::new(inner))
    }

    /// Refuses to send longer messages.
    pub(crate) fn sending_at_most(self, bytes: usize) -> EchoClient<T> {
        EchoClient(self.0.max_encoding_message_size(bytes))
    }

    pub(crate) async fn say(&mut self, ask: impl tonic::IntoRequest<Ask>) -> Result<Told, Status> {
        self.ready().await?;
        let path = http::uri::PathAndQuery::from_static("/clearpool.test.Echo/Say");
        let codec: ProstCodec<Ask, Told> = ProstCodec::default();
        Ok(self.0.unary(ask.into_request(), path, codec).await?.into_inner())
    }

    pub(crate) async fn count(&mut self, ask: impl tonic::IntoRequest<Ask>) -> Result<Streaming<Told>, Status> {
        self.ready().await?;
        let path = http::uri::PathAndQuery::from_static("/clearpool.test.Echo/Count");
        let codec: ProstCodec<Ask, Told> = ProstCodec::default();
        Ok(self.0.server_streaming(ask.into_request(), path, codec).await?.into_inner())
    }

    /// Sends many; it is told how many came, and how long they were together.
    pub(crate) async fn sum(&mut self, asked: impl Stream<Item = Ask> + Send + 'static) -> Result<Told, Status> {
        self.ready().await?;
        let path = http::uri::PathAndQuery::from_static("/clearpool.test.Echo/Sum");
        let codec: ProstCodec<Ask, Told> = ProstCodec::default();
        Ok(self.0.client_streaming(Request::new(asked), path, codec).await?.into_inner())
    }

    /// Both talk.
    pub(crate) async fn chat(
        &mut self,
        asked: impl Stream<Item = Ask> + Send + 'static,
    ) -> Result<Streaming<Told>, Status> {
        self.ready().await?;
        let path = http::uri::PathAndQuery::from_static("/clearpool.test.Echo/Chat");
        let codec: ProstCodec<Ask, Told> = ProstCodec::default();
        Ok(self.0.streaming(Request::new(asked), path, codec).await?.into_inner())
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.0.ready().await.map_err(|error| Status::unknown(error.into().to_string()))
    }
}

/// The service.
#[derive(Clone)]
pub(crate) struct Echo {
    name: Arc<str>,
    gate: watch::Receiver<bool>,
    running: Arc<AtomicUsize>,
    served: Arc<AtomicUsize>,
}

impl Echo {
    pub(crate) fn new(name: &str, gate: watch::Receiver<bool>) -> Echo {
        Echo { name: name.into(), gate, running: Arc::default(), served: Arc::default() }
    }

    /// How many calls run.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// How many calls have come.
    pub(crate) fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    fn begin(&self) -> Running {
        self.served.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(&self.running))
    }

    fn told(&self, request: &Request<Ask>) -> Told {
        let header = |name| request.metadata().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let authority = request.extensions().get::<Authority>().map(|authority| authority.0.clone());
        Told {
            server: self.name.to_string(),
            number: 0,
            padding: request.get_ref().padding.len() as u64,
            user_agent: header("user-agent").to_owned(),
            timeout: header("grpc-timeout").to_owned(),
            authority: authority.unwrap_or_default(),
        }
    }

    async fn wait(&self, ask: &Ask) {
        if ask.gated {
            let _ = self.gate.clone().wait_for(|open| *open).await;
        }
        tokio::time::sleep(Duration::from_millis(ask.hold.into())).await;
    }
}

/// The `:authority` of a request.
#[derive(Clone)]
struct Authority(String);

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn verdict(ask: &Ask) -> Result<(), Status> {
    match Code::from_i32(ask.code) {
        Code::Ok => Ok(()),
        code => Err(Status::new(code, "as you like it")),
    }
}

struct Say(Echo);

impl UnaryService<Ask> for Say {
    type Response = Told;
    type Future = BoxFuture<Response<Told>, Status>;

    fn call(&mut self, request: Request<Ask>) -> Self::Future {
        let echo = self.0.clone();
        Box::pin(async move {
            let _running = echo.begin();
            echo.wait(request.get_ref()).await;
            verdict(request.get_ref())?;
            Ok(Response::new(echo.told(&request)))
        })
    }
}

struct Count(Echo);

impl ServerStreamingService<Ask> for Count {
    type Response = Told;
    type ResponseStream = ReceiverStream<Result<Told, Status>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Ask>) -> Self::Future {
        let echo = self.0.clone();
        Box::pin(async move {
            let running = echo.begin();
            let (sender, receiver) = mpsc::channel(1);
            tokio::spawn(async move {
                let _running = running;
                tokio::select! {
                    () = tell(&echo, &request, &sender) => {}
                    () = sender.closed() => {}
                }
            });
            Ok(Response::new(ReceiverStream::new(receiver)))
        })
    }
}

struct Sum(Echo);

impl ClientStreamingService<Ask> for Sum {
    type Response = Told;
    type Future = BoxFuture<Response<Told>, Status>;

    fn call(&mut self, request: Request<Streaming<Ask>>) -> Self::Future {
        let echo = self.0.clone();
        Box::pin(async move {
            let _running = echo.begin();
            let (mut asked, mut told) =
                (request.into_inner(), Told { server: echo.name.to_string(), ..Told::default() });
            while let Some(ask) = asked.message().await? {
                verdict(&ask)?;
                told.number += 1;
                told.padding += ask.padding.len() as u64;
            }
            Ok(Response::new(told))
        })
    }
}

struct Chat(Echo);

impl StreamingService<Ask> for Chat {
    type Response = Told;
    type ResponseStream = ReceiverStream<Result<Told, Status>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Streaming<Ask>>) -> Self::Future {
        let echo = self.0.clone();
        Box::pin(async move {
            let running = echo.begin();
            let (sender, receiver) = mpsc::channel(1);
            tokio::spawn(async move {
                let _running = running;
                tokio::select! {
                    () = reply(&echo, request.into_inner(), &sender) => {}
                    () = sender.closed() => {}
                }
            });
            Ok(Response::new(ReceiverStream::new(receiver)))
        })
    }
}

/// One answer for each; after one that is gated, nothing is read until the gate is open.
async fn reply(echo: &Echo, mut asked: Streaming<Ask>, to: &mpsc::Sender<Result<Told, Status>>) {
    while let Ok(Some(ask)) = asked.message().await {
        let told = Told { server: echo.name.to_string(), ..Told::default() };
        let _ = to.send(verdict(&ask).map(|()| told)).await;
        echo.wait(&ask).await;
    }
}

/// The first at once, the others when they may.
async fn tell(echo: &Echo, request: &Request<Ask>, to: &mpsc::Sender<Result<Told, Status>>) {
    let ask = request.get_ref();
    for number in 0..ask.count {
        if number > 0 {
            echo.wait(ask).await;
        }
        let _ = to.send(Ok(Told { number, ..echo.told(request) })).await;
    }
    if let Err(status) = verdict(ask) {
        let _ = to.send(Err(status)).await;
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "clearpool.test.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        request.extensions_mut().insert(Authority(authority));
        Box::pin(async move {
            let mut grpc: Grpc<ProstCodec<Told, Ask>> = Grpc::new(ProstCodec::default());
            Ok(match request.uri().path() {
                "/clearpool.test.Echo/Say" => grpc.unary(Say(echo), request).await,
                "/clearpool.test.Echo/Count" => grpc.server_streaming(Count(echo), request).await,
                "/clearpool.test.Echo/Sum" => grpc.client_streaming(Sum(echo), request).await,
                "/clearpool.test.Echo/Chat" => grpc.streaming(Chat(echo), request).await,
                _ => Status::unimplemented("there is Say, Count, Sum and Chat").into_http(),
            })
        })
    }
}

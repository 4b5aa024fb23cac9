//! How a connection is made: a socket, perhaps a tunnel, perhaps TLS, and the beginning of HTTP.

use hyper_util::rt::TokioIo;
use pool_connector_tcp::{TcpConnection, TcpError};
use pool_core::ConnectCx;

use crate::connection::{CutUnlessKept, Line, Runner, Sender};
use crate::connector::Settings;
use crate::form::Form;
use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::route::{Route, Via};
use crate::tunnel;
use crate::wire::{Watched, Wire};
use crate::{ConnectError, HttpConnection, HttpVersion};

/// Makes a connection to an endpoint.
pub(crate) async fn dial(settings: &Settings, cx: &ConnectCx<'_>) -> Result<HttpConnection, ConnectError> {
    let route = Route::to(cx.endpoint, settings)?;
    let stream = carry(settings, cx, &route).await?;
    let (stream, speaks_http2) = agree(settings, &route, stream).await?;
    let host = settings.host.clone();
    let (absolute, credentials) = match route.via {
        Via::Forward(Proxy { credentials, .. }) => (true, credentials),
        Via::Direct | Via::Tunnel(_) => (false, None),
    };
    let form = Form { origin: route.origin, host, absolute, credentials };
    if speaks_http2 {
        begin_http2(settings, cx, stream, form).await
    } else {
        begin_http1(settings, cx, stream, form).await
    }
}

/// Opens what carries bytes to the origin.
async fn carry(settings: &Settings, cx: &ConnectCx<'_>, route: &Route) -> Result<TcpConnection, ConnectError> {
    let (Via::Forward(proxy) | Via::Tunnel(proxy)) = &route.via else {
        let dialed = settings.dialer.dial(route.origin.dial_address(), cx.timeout).await;
        return dialed.map_err(socket(&route.origin));
    };
    let address = proxy.origin.dial_address();
    let mut stream = settings.dialer.dial(address, cx.timeout).await.map_err(socket(&proxy.origin))?;
    if proxy.origin.is_secure() {
        let tls = settings.proxy_tls().map_err(no_tls(&proxy.origin))?;
        stream = tls.wrap(address, stream).await.map_err(socket(&proxy.origin))?;
    }
    match route.via {
        Via::Tunnel(_) => tunnel::open(stream, proxy, &route.origin).await,
        Via::Forward(_) | Via::Direct => Ok(stream),
    }
}

/// Agrees with the server on TLS and on which HTTP is spoken; whether it is HTTP/2.
async fn agree(
    settings: &Settings,
    route: &Route,
    stream: TcpConnection,
) -> Result<(TcpConnection, bool), ConnectError> {
    let Route { origin, via, version } = route;
    if !origin.is_secure() || matches!(via, Via::Forward(_)) {
        return Ok((stream, *version == HttpVersion::Http2 && !matches!(via, Via::Forward(_))));
    }
    let tls = settings.tls(*version).map_err(no_tls(origin))?;
    let stream = tls.wrap(origin.dial_address(), stream).await.map_err(socket(origin))?;
    let agreed = stream.agreed() == Some(b"h2");
    if *version == HttpVersion::Http2 && !agreed {
        return Err(ConnectError::NoHttp2 { origin: origin.to_string(), asked: true });
    }
    Ok((stream, agreed))
}

async fn begin_http1(
    settings: &Settings,
    cx: &ConnectCx<'_>,
    stream: TcpConnection,
    form: Form,
) -> Result<HttpConnection, ConnectError> {
    let wire = Wire::new(cx.handle.clone(), 1);
    let watched = Watched::http1(stream, std::sync::Arc::clone(&wire));
    let begun = settings.options.http1.builder().handshake(TokioIo::new(watched)).await;
    let (sender, driver) = begun.map_err(handshake(&form.origin))?;
    let line = Line::new(wire, form, Runner::default());
    line.runner().drive(driver.with_upgrades());
    Ok(HttpConnection::new(Sender::Http1(sender), line))
}

async fn begin_http2(
    settings: &Settings,
    cx: &ConnectCx<'_>,
    stream: TcpConnection,
    form: Form,
) -> Result<HttpConnection, ConnectError> {
    let by_prior_knowledge = !stream.is_tls();
    let wire = Wire::new(cx.handle.clone(), settings.options.http2.max_streams.unwrap_or(MOST_STREAMS));
    let watched = Watched::http2(stream, std::sync::Arc::clone(&wire));
    let runner = Runner::default();
    let line = Line::new(wire, form, runner.clone());
    let unfinished = CutUnlessKept::new(&line);
    let begun = settings.options.http2.builder(runner).handshake(TokioIo::new(watched)).await;
    let (sender, driver) = begun.map_err(handshake(line.origin()))?;
    line.runner().drive(driver);
    // How many requests it can carry is in the server's settings, which are the first that it says.
    let greeted = line.wire().greeting().await;
    if line.wire().is_nonsense() {
        return Err(ConnectError::NoHttp2 { origin: line.origin().to_string(), asked: !by_prior_knowledge });
    }
    if !greeted {
        return Err(ConnectError::Ended { origin: line.origin().to_string() });
    }
    unfinished.keep();
    Ok(HttpConnection::new(Sender::Http2(sender), line))
}

/// Where the server sets no limit.
const MOST_STREAMS: u32 = 1 << 16;

fn socket(origin: &Origin) -> impl Fn(TcpError) -> ConnectError + '_ {
    |source| ConnectError::Socket { origin: origin.to_string(), source }
}

fn no_tls(origin: &Origin) -> impl Fn(String) -> ConnectError + '_ {
    |why| ConnectError::Tls { origin: origin.to_string(), why }
}

fn handshake(origin: &Origin) -> impl Fn(hyper::Error) -> ConnectError + '_ {
    |source| ConnectError::Handshake { origin: origin.to_string(), source }
}

//! A tunnel through a forward proxy (RFC 9110, section 9.3.6).

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use pool_connector_tcp::TcpConnection;

use crate::ConnectError;
use crate::origin::Origin;
use crate::proxy::Proxy;

/// Asks the proxy at the other end to carry bytes to an origin from now on.
///
/// # Errors
/// If it does not.
pub(crate) async fn open(stream: TcpConnection, proxy: &Proxy, origin: &Origin) -> Result<TcpConnection, ConnectError> {
    let failed = |status, source| ConnectError::Proxy {
        origin: origin.to_string(),
        proxy: proxy.origin.to_string(),
        status,
        source,
    };
    let begun = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await;
    let (mut sender, driver) = begun.map_err(|source| failed(None, Some(source)))?;
    let request = ask(proxy, origin).ok_or_else(|| failed(None, None))?;
    let asking = async {
        let response = sender.send_request(request).await.map_err(|source| failed(None, Some(source)))?;
        match response.status() {
            status if status.is_success() => {
                hyper::upgrade::on(response).await.map_err(|source| failed(None, Some(source)))
            }
            status => Err(failed(Some(status), None)),
        }
    };
    let carried: Upgraded = drive(driver.with_upgrades(), asking).await?;
    match carried.downcast::<TokioIo<TcpConnection>>() {
        // It is for us to speak first: what came too soon is not the origin's.
        Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io.into_inner()),
        _ => Err(failed(Some(StatusCode::OK), None)),
    }
}

fn ask(proxy: &Proxy, origin: &Origin) -> Option<Request<Empty<Bytes>>> {
    let to: Uri = origin.dial_address().parse().ok()?;
    let mut request = Request::builder().method(Method::CONNECT).uri(to).header(header::HOST, origin.dial_address());
    if let Some(credentials) = &proxy.credentials {
        request = request.header(header::PROXY_AUTHORIZATION, credentials);
    }
    request.body(Empty::new()).ok()
}

/// Does something while a connection is driven, in the same task.
async fn drive<T>(driver: impl Future<Output = hyper::Result<()>>, work: impl Future<Output = T>) -> T {
    let (mut driver, mut work) = (std::pin::pin!(driver), std::pin::pin!(work));
    let mut is_driven = false;
    std::future::poll_fn(move |cx| {
        // What goes wrong here, the work is told as well.
        is_driven = is_driven || driver.as_mut().poll(cx).is_ready();
        work.as_mut().poll(cx)
    })
    .await
}

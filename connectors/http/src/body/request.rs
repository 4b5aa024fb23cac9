//! The body of a request, which may be sent twice.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

use super::watched::{OwnError, Watched};

/// An error of any kind.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a request.
///
/// A request takes any body; what it is decides whether it can be sent again, if it met a connection that was closed:
/// none at all, a [`Full<Bytes>`](Full), and a `RequestBody` that is made here from bytes or
/// [can be had again](RequestBody::replayable) can, any other one cannot.
pub struct RequestBody(Kind);

enum Kind {
    Whole(Full<Bytes>),
    Again { make: Make, now: Watched },
    Once(Watched),
}

pub(crate) type Make = Arc<dyn Fn() -> Boxed + Send + Sync>;
pub(crate) type Boxed = UnsyncBoxBody<Bytes, BoxError>;

impl RequestBody {
    /// None.
    pub fn empty() -> RequestBody {
        RequestBody(Kind::Whole(Full::default()))
    }

    /// A body that is made anew each time it is to be sent: a file that is opened again, for example. What Go's
    /// net/http calls `GetBody`.
    pub fn replayable<B>(make: impl Fn() -> B + Send + Sync + 'static) -> RequestBody
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let make: Make = Arc::new(move || boxed(make()));
        RequestBody(Kind::Again { now: Watched::new(make()), make })
    }

    /// Any body.
    pub(crate) fn of<B>(body: B) -> RequestBody
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return RequestBody::empty();
        }
        let mut body = Some(body);
        let known: &mut dyn Any = &mut body;
        if let Some(own) = known.downcast_mut::<Option<RequestBody>>().and_then(Option::take) {
            return own;
        }
        if let Some(full) = known.downcast_mut::<Option<Full<Bytes>>>().and_then(Option::take) {
            return RequestBody(Kind::Whole(full));
        }
        body.map_or_else(RequestBody::empty, |body| RequestBody(Kind::Once(Watched::new(boxed(body)))))
    }

    /// Where its error will be found if its source fails; one that is there already cannot.
    pub(crate) fn own_error(&self) -> Option<OwnError> {
        match &self.0 {
            Kind::Whole(_) => None,
            Kind::Again { now, .. } | Kind::Once(now) => Some(now.own_error()),
        }
    }

    /// What the same body can be had from once more, if it can. Asked before it is begun to be sent.
    pub(crate) fn spare(&self) -> Option<Spare> {
        match &self.0 {
            Kind::Whole(full) => Some(Spare::Whole(full.clone())),
            Kind::Again { make, .. } => Some(Spare::Make(Arc::clone(make))),
            Kind::Once(_) => None,
        }
    }
}

/// What a body can be had from once more.
pub(crate) enum Spare {
    Whole(Full<Bytes>),
    Make(Make),
}

impl From<Spare> for RequestBody {
    fn from(spare: Spare) -> RequestBody {
        RequestBody(match spare {
            Spare::Whole(full) => Kind::Whole(full),
            Spare::Make(make) => Kind::Again { now: Watched::new(make()), make },
        })
    }
}

fn boxed<B>(body: B) -> Boxed
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let in_bytes = body.map_frame(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining())));
    UnsyncBoxBody::new(in_bytes.map_err(Into::into))
}

impl Default for RequestBody {
    fn default() -> RequestBody {
        RequestBody::empty()
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> RequestBody {
        RequestBody(Kind::Whole(Full::new(bytes)))
    }
}

impl From<Vec<u8>> for RequestBody {
    fn from(bytes: Vec<u8>) -> RequestBody {
        Bytes::from(bytes).into()
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> RequestBody {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for RequestBody {
    fn from(text: &'static str) -> RequestBody {
        Bytes::from(text).into()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Whole(full) => Pin::new(full).poll_frame(cx).map_err(|never| match never {}),
            Kind::Again { now, .. } | Kind::Once(now) => Pin::new(now).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(full) => full.is_end_stream(),
            Kind::Again { now, .. } | Kind::Once(now) => now.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(full) => full.size_hint(),
            Kind::Again { now, .. } | Kind::Once(now) => now.size_hint(),
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            Kind::Whole(_) => "whole",
            Kind::Again { .. } => "again",
            Kind::Once(_) => "once",
        };
        write!(f, "RequestBody({kind}, {:?})", self.size_hint())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;

    use super::*;

    async fn text(body: RequestBody) -> String {
        let bytes = body.collect().await.expect("a good body").to_bytes();
        String::from_utf8(bytes.into()).expect("text")
    }

    #[tokio::test]
    async fn what_can_be_had_again_is() {
        let made = || RequestBody::replayable(|| Full::new(Bytes::from("abc")));
        let full = || Full::new(Bytes::from("abc"));
        for body in [RequestBody::of(full()), RequestBody::of(RequestBody::from("abc")), RequestBody::of(made())] {
            let again = RequestBody::from(body.spare().expect("it can"));
            let third = RequestBody::from(again.spare().expect("it can"));
            assert_eq!(
                (text(body).await, text(again).await, text(third).await),
                ("abc".into(), "abc".into(), "abc".into())
            );
        }
        assert!(RequestBody::of(Empty::<Bytes>::new()).spare().is_some());
    }

    #[tokio::test]
    async fn what_cannot_is_sent_once() {
        let boxed = Full::new(Bytes::from("abc")).boxed_unsync();
        let body = RequestBody::of(boxed);
        assert!(body.spare().is_none());
        assert_eq!(text(body).await, "abc");
    }

    #[tokio::test]
    async fn other_kinds_of_data_become_bytes() {
        let body = RequestBody::of(Full::new(std::io::Cursor::new(b"abc")));
        assert_eq!(text(body).await, "abc");
    }
}

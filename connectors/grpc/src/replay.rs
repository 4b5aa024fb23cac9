//! The body of a request, kept so that it can be sent a second time.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

/// What is kept of a body at most, in bytes: as in gRPC's other clients, whose calls are retried with a buffer of this
/// size (`grpc.per_rpc_retry_buffer_size`). A longer one is sent once.
const MOST_KEPT: usize = 256 * 1024;

/// The body of a request, of which so much is kept as has been sent, until [`Replay::commit`].
#[derive(Debug, Clone)]
pub(crate) struct Replay(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    source: Body,
    ended: bool,
    sent: Vec<Piece>,
    bytes: usize,
    /// Whether nothing is kept any more.
    committed: bool,
    /// Which try has the body; those before get no more of it.
    turn: u32,
}

#[derive(Debug, Clone)]
enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
}

impl Replay {
    pub(crate) fn new(source: Body) -> Replay {
        let ended = source.is_end_stream();
        Replay(Arc::new(Mutex::new(Kept { source, ended, sent: Vec::new(), bytes: 0, committed: false, turn: 0 })))
    }

    /// The body from its beginning, for another try.
    pub(crate) fn again(&self) -> Body {
        let mut kept = self.lock();
        kept.turn += 1;
        Body::new(Again { replay: self.clone(), turn: kept.turn, next: 0, done: false, is_empty: kept.is_empty() })
    }

    /// Whether it is there from its beginning.
    pub(crate) fn is_whole(&self) -> bool {
        !self.lock().committed
    }

    /// It will not be sent again.
    pub(crate) fn commit(&self) {
        self.lock().commit();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.ended && self.sent.is_empty() && !self.committed
    }

    fn commit(&mut self) {
        self.committed = true;
        self.sent = Vec::new();
    }

    fn keep(&mut self, frame: &Frame<Bytes>) {
        if self.committed {
            return;
        }
        match (frame.data_ref(), frame.trailers_ref()) {
            (Some(data), _) => {
                self.bytes += data.len();
                self.sent.push(Piece::Data(data.clone()));
            }
            (_, Some(trailers)) => self.sent.push(Piece::Trailers(trailers.clone())),
            // Nothing else is known; what is not kept cannot be sent again.
            _ => self.bytes = usize::MAX,
        }
        if self.bytes > MOST_KEPT {
            self.commit();
        }
    }
}

/// One sending of a body.
struct Again {
    replay: Replay,
    turn: u32,
    next: usize,
    done: bool,
    is_empty: bool,
}

impl HttpBody for Again {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let mut kept = this.replay.lock();
        if kept.turn != this.turn {
            return Poll::Ready(Some(Err(Status::cancelled("the call is sent another time"))));
        }
        if let Some(piece) = kept.sent.get(this.next) {
            this.next += 1;
            return Poll::Ready(Some(Ok(match piece.clone() {
                Piece::Data(data) => Frame::data(data),
                Piece::Trailers(trailers) => Frame::trailers(trailers),
            })));
        }
        if kept.ended {
            this.done = true;
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut kept.source).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                kept.keep(frame);
                this.next = kept.sent.len();
                kept.ended = kept.source.is_end_stream();
                this.done = kept.ended;
            }
            Poll::Ready(Some(Err(_))) => kept.commit(),
            Poll::Ready(None) => (kept.ended, this.done) = (true, true),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.done || self.is_empty
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_empty { SizeHint::with_exact(0) } else { SizeHint::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::poll_fn;

    use super::*;

    /// A body of these pieces.
    struct Pieces(VecDeque<Bytes>);

    impl HttpBody for Pieces {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            Poll::Ready(self.0.pop_front().map(|data| Ok(Frame::data(data))))
        }
    }

    fn replay(pieces: &[&'static [u8]]) -> Replay {
        Replay::new(Body::new(Pieces(pieces.iter().map(|piece| Bytes::from_static(piece)).collect())))
    }

    async fn next(body: &mut Body) -> Option<Result<Bytes, Status>> {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
        Some(frame.map(|frame| frame.into_data().expect("data")))
    }

    async fn rest(mut body: Body) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(piece) = next(&mut body).await {
            all.extend_from_slice(&piece.expect("a good body"));
        }
        all
    }

    #[tokio::test]
    async fn a_second_try_sends_all_of_it_however_far_the_first_came() {
        let replay = replay(&[b"one ", b"two ", b"three"]);
        let mut first = replay.again();
        assert_eq!(next(&mut first).await.expect("a piece").expect("good"), "one ");
        assert_eq!(next(&mut first).await.expect("a piece").expect("good"), "two ");
        let second = replay.again();
        assert!(next(&mut first).await.expect("told").is_err(), "two tries share out one body");
        assert_eq!(rest(second).await, b"one two three");
        assert_eq!(rest(replay.again()).await, b"one two three");
    }

    #[tokio::test]
    async fn a_long_body_and_one_that_was_answered_are_sent_once() {
        static LONG: [u8; MOST_KEPT] = [7; MOST_KEPT];
        let long = replay(&[&LONG, b"and more"]);
        assert_eq!(rest(long.again()).await.len(), MOST_KEPT + 8);
        assert!(!long.is_whole());
        let short = replay(&[b"one ", b"two"]);
        let mut first = short.again();
        assert_eq!(next(&mut first).await.expect("a piece").expect("good"), "one ");
        short.commit();
        assert!(!short.is_whole());
        assert_eq!(rest(first).await, b"two");
    }

    #[test]
    fn no_body_stays_none() {
        let none = Replay::new(Body::empty());
        assert!(none.again().is_end_stream() && none.again().is_end_stream());
    }
}

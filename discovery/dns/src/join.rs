//! Several things at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// What each of these gives, in their order.
pub(crate) async fn all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<Pin<Box<_>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut is_over = true;
        for (future, place) in waiting.iter_mut().zip(&mut done).filter(|(_, place)| place.is_none()) {
            match future.as_mut().poll(cx) {
                Poll::Ready(given) => *place = Some(given),
                Poll::Pending => is_over = false,
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn they_take_as_long_as_the_longest_and_come_in_order() {
        let begun = Instant::now();
        let waits = [3, 1, 2].map(|seconds| async move {
            sleep(Duration::from_secs(seconds)).await;
            seconds
        });
        assert_eq!(all(waits).await, [3, 1, 2]);
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        assert_eq!(all(None::<std::future::Ready<u8>>).await, [0; 0]);
    }
}

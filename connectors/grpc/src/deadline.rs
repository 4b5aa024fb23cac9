//! Until when a call may take, and how that is told to the server.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tonic::Status;

const HEADER: &str = "grpc-timeout";

/// Until when a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// As the call's `grpc-timeout` says, or in so long.
    ///
    /// # Errors
    /// If the header makes no sense.
    pub(crate) fn of(headers: &HeaderMap, otherwise: Duration) -> Result<Deadline, Status> {
        let within = match headers.get(HEADER) {
            Some(value) => parse(value).ok_or_else(|| {
                Status::invalid_argument(format!(
                    "`grpc-timeout: {}` makes no sense: up to 8 digits and one of H, M, S, m, u, n",
                    String::from_utf8_lossy(value.as_bytes())
                ))
            })?,
            None => otherwise,
        };
        Ok(Deadline(Instant::now().checked_add(within)))
    }

    /// How long there is left.
    pub(crate) fn left(self) -> Option<Duration> {
        self.0.map(|end| end.duration_since(Instant::now()))
    }

    /// Tells the server what is left.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        if let Some(value) = self.left().and_then(|left| HeaderValue::from_str(&format(left)).ok()) {
            headers.insert(HEADER, value);
        }
    }

    /// What is awaited, if it comes in time.
    pub(crate) async fn bound<T>(self, doing: &str, work: impl Future<Output = T>) -> Result<T, Status> {
        match self.0 {
            Some(end) => timeout_at(end, work).await.map_err(|_| exceeded(doing)),
            None => Ok(work.await),
        }
    }

    /// What ends with it, if there is one.
    pub(crate) fn alarm(self) -> Option<Pin<Box<Sleep>>> {
        self.0.map(|end| Box::pin(sleep_until(end)))
    }
}

/// The call took longer than it may.
pub(crate) fn exceeded(doing: &str) -> Status {
    Status::deadline_exceeded(format!("the call's deadline passed while {doing}"))
}

fn parse(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.is_empty() || number.len() > 8 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// In the finest unit that has room for it: 8 digits.
fn format(left: Duration) -> String {
    const MOST: u128 = 99_999_999;
    let nanos = left.as_nanos();
    let units = [(1, "n"), (1_000, "u"), (1_000_000, "m"), (1_000_000_000, "S"), (60_000_000_000, "M")];
    for (size, unit) in units {
        if nanos / size <= MOST {
            return format!("{}{unit}", nanos / size);
        }
    }
    format!("{}H", (nanos / 3_600_000_000_000).min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_to_eight_digits() {
        for (left, text) in [
            (Duration::from_nanos(7), "7n"),
            (Duration::from_millis(250), "250000u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_secs(200_000), "200000S"),
            (Duration::from_secs(86_400 * 365 * 100), "52560000M"),
            (Duration::MAX, "99999999H"),
        ] {
            assert_eq!(format(left), text);
            let read = parse(&HeaderValue::from_static(text)).expect(text);
            assert!(read == left || left == Duration::MAX, "{text}: {read:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "S", "5", "5s", "+5S", "-5S", "123456789S", "5 S"] {
            assert_eq!(parse(&HeaderValue::from_static(text)), None, "{text}");
            let headers = HeaderMap::from_iter([(HEADER.parse().expect("a name"), HeaderValue::from_static(text))]);
            let status = Deadline::of(&headers, Duration::MAX).expect_err(text);
            assert!(status.message().contains(text), "{status}");
        }
    }

    #[test]
    fn no_deadline_is_never_over() {
        let deadline = Deadline::of(&HeaderMap::new(), Duration::MAX).expect("no header");
        assert_eq!(deadline.left(), None);
    }
}

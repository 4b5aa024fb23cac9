//! Looking on while something plays.

use std::time::Duration;

use pool_tokio::Pool;
use tokio::time::{Instant, sleep};

use super::screen::Screen;
use super::table::table;
use crate::connector::TcpConnector;

/// In a terminal the table is drawn anew so often.
const LIVE: Duration = Duration::from_millis(250);

/// Shows the table for a while: all the time in a terminal, elsewhere once, at the end. `step` is how long it
/// sleeps at most where nothing is drawn.
pub(crate) async fn watch(screen: &mut Screen, pool: &Pool<TcpConnector>, length: Duration, step: Duration) {
    let until = Instant::now() + length;
    let every = if screen.is_live() { LIVE } else { step };
    while Instant::now() < until {
        sleep(every.min(until.saturating_duration_since(Instant::now()))).await;
        if screen.is_live() {
            screen.draw(&table(&pool.snapshot()));
        }
    }
    screen.draw(&table(&pool.snapshot()));
}

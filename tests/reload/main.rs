//! Pools become what another configuration says while they live.

mod file;
#[cfg(unix)]
mod hangup;
mod plugins;
mod policies;
mod refused;
mod told;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clearpool::pools::Told;
use clearpool::telemetry::{self, Guard, TelemetryOptions};
use clearpool::{App, Config, Loader, Pools};
use parking_lot::Mutex;

fn quiet() -> Guard {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    telemetry::init(&options).expect("nothing to go wrong")
}

fn load(text: &str) -> Config {
    Loader::new(&App::new()).text("pool.toml", text).load().unwrap_or_else(|error| panic!("{error}"))
}

fn pools(text: &str) -> Pools {
    Pools::from_config(&App::new(), &load(text), &quiet()).expect("a good configuration")
}

/// A pool of this address that may have so many connections.
fn limited(address: &str, max_open: u32) -> String {
    format!(
        "[pools.orders]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\nlimits = {{ max_open = \
         {max_open} }}\n"
    )
}

fn max_open(pools: &Pools) -> u32 {
    pools.any("orders").expect("it is there").snapshot().max_open
}

/// What a follower tells.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Told>>>);

impl Ear {
    fn listener(&self) -> impl FnMut(&Told) + Send + 'static {
        let heard = Arc::clone(&self.0);
        move |told| heard.lock().push(told.clone())
    }

    /// What was told next, the oldest first.
    async fn next(&self) -> Told {
        for _ in 0..400 {
            if let Some(told) = self.first() {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nothing was told within ten seconds");
    }

    fn first(&self) -> Option<Told> {
        let mut heard = self.0.lock();
        if heard.is_empty() { None } else { Some(heard.remove(0)) }
    }

    /// Nothing is told while the file is looked at several times.
    async fn silence(&self) {
        tokio::time::sleep(Duration::from_millis(1300)).await;
        assert!(self.0.lock().is_empty(), "{:?}", self.0.lock());
    }

    async fn next_change(&self) -> Vec<String> {
        match self.next().await {
            Told::Changed(changes) => changes,
            told => panic!("{told:?}"),
        }
    }

    async fn next_refusal(&self) -> String {
        match self.next().await {
            Told::Refused(error) => error.to_string(),
            told => panic!("{told:?}"),
        }
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a writable directory");
}

//! The page for people: what the pools do now and did in the last minutes, for when no dashboard
//! is around.
//!
//! It only reads. Numbers come from the same readings as all metrics; what metrics cannot tell (who
//! holds and waits, single events, the configuration) is asked of the pools, or kept in rings of a
//! fixed size. The files `page/*.html`, `.css`, `.js` and `.svg` are the page itself, as they are:
//! there is no build step.

mod door;
mod history;
mod json;
mod recent;
mod spread;
mod verdict;

use std::borrow::Cow;
use std::sync::Arc;

use hyper::body::Bytes;

use super::hub::Hub;
use history::{History, STEP};
use json::Look;

pub(crate) use door::{admits, guard};
pub(crate) use recent::Recent;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const ICON: &str = "image/svg+xml";
const JSON: &str = "application/json";

/// What the page is made of, besides the pools themselves.
#[derive(Debug)]
pub(crate) struct Page {
    hub: Hub,
    /// What the application is called.
    service: String,
    history: History,
    recent: Arc<Recent>,
}

/// A document of the page: its type and its contents.
pub(crate) type Document = (&'static str, Bytes);

impl Page {
    pub(crate) fn new(hub: Hub, service: String, recent: Arc<Recent>) -> Page {
        Page { hub, service, history: History::default(), recent }
    }

    /// Takes a sample of all pools every few seconds, until it is dropped.
    pub(crate) async fn keep(self: Arc<Page>) {
        let mut every = tokio::time::interval(STEP);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.history.sample(&self.hub.read());
            let sources = self.hub.names().into_iter().filter_map(|name| self.hub.find(&name));
            let names: Vec<_> = sources.map(|source| source.name().to_owned()).collect();
            self.recent.keep_only(&names);
        }
    }

    /// The document at a path; `None` if there is none.
    pub(crate) fn document(&self, path: &str, query: Option<&str>) -> Option<Document> {
        let text = |kind, text: &'static str| Some((kind, Bytes::from_static(text.as_bytes())));
        let json = |value: serde_json::Value| Some((JSON, Bytes::from(value.to_string())));
        match path {
            "/" => text(HTML, include_str!("page/page.html")),
            "/page.css" => text(CSS, include_str!("page/page.css")),
            "/page.js" => text(SCRIPT, include_str!("page/page.js")),
            "/cells.js" => text(SCRIPT, include_str!("page/cells.js")),
            "/charts.js" => text(SCRIPT, include_str!("page/charts.js")),
            "/words.js" => text(SCRIPT, include_str!("page/words.js")),
            "/icon.svg" => text(ICON, include_str!("page/icon.svg")),
            "/api/catalog.json" => json(json::catalog()),
            "/api/pools.json" => {
                let chosen = query.and_then(|query| query.strip_prefix("name="));
                json(json::pools(&self.service, self.looks(), chosen, &self.hub.own_config()))
            }
            _ => None,
        }
    }

    fn looks(&self) -> Vec<Look> {
        let counted = self.hub.count().into_iter();
        let looks = counted.map(|pool| {
            let (steps, recent) = (self.history.of(&pool.reading), self.recent.of(pool.source.name()));
            Look::new(pool, steps, recent)
        });
        looks.collect()
    }
}

/// A name as it stands in a query: as `encodeURIComponent` has it.
fn encoded(name: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!*'()".contains(&byte);
    if name.bytes().all(plain) {
        return Cow::Borrowed(name);
    }
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Cow::Owned(name.bytes().map(encode).collect())
}

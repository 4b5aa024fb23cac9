//! What is done with each kind of database: our connector, the pools of deadpool and bb8, and their managers in our pool.

use std::net::SocketAddr;
use std::sync::Arc;

use bb8::ManageConnection;
use clearpool_connector_benches::workload::{Role, Subject, Target};
use clearpool_servers::FaultProxy;
use deadpool::managed::Manager;
use pool_connector_bb8::Bb8Connector;
use pool_connector_deadpool::DeadpoolConnector;
use pool_core::{Connector, Endpoint};
use pool_tokio::Pool;

use crate::measured::{Measured, options};
use crate::pools::{Ask, Bb8, Deadpool, Ours};
use crate::slow::{DELAY, InTurn};

/// A kind of database.
pub(crate) trait Database: 'static {
    /// What workloads and crates are called by.
    const NAME: &'static str;
    /// What callers do, for the report.
    const ASKING: &'static str;
    /// Ours.
    type Connector: Connector<Connection: Ask>;
    /// deadpool's.
    type Deadpool: Manager<Type: Ask, Error: std::error::Error + Send + Sync> + 'static;
    /// bb8's.
    type Bb8: ManageConnection<Connection: Ask, Error: std::error::Error + Sync>;

    /// Ours.
    fn connector() -> Self::Connector;
    /// deadpool's.
    fn deadpool(url: &str) -> Self::Deadpool;
    /// bb8's.
    fn bb8(url: &str) -> Self::Bb8;
}

const CONNECTIONS: usize = 16;
const FEW: usize = 4;

/// What workloads there are.
pub(crate) fn names<D: Database>() -> [String; 5] {
    ["1", "16", "64", "waiting", "slow"].map(|name| format!("{}-{name}", D::NAME))
}

/// Runs them against a server. `url` gives the URL by which it is reached at an address.
pub(crate) fn measure<D: Database>(measured: &mut Measured, server: SocketAddr, url: impl Fn(SocketAddr) -> String) {
    let [one, all, crowd, waiting, slow] = names::<D>();
    let direct = url(server);
    for (name, callers) in [(one, 1), (all, CONNECTIONS)] {
        let about = format!("{callers} at a time {}, with {CONNECTIONS} connections.", D::ASKING);
        measured.run(name, about, callers, Target::Level, subjects::<D>(&direct, CONNECTIONS));
    }
    for (name, connections) in [(crowd, CONNECTIONS), (waiting, FEW)] {
        let about = format!("64 at a time {}, with {connections} connections.", D::ASKING);
        measured.run(name, about, 64, Target::Waiting, subjects::<D>(&direct, connections));
    }

    let proxy = FaultProxy::to(server);
    proxy.delay(DELAY);
    let about = format!(
        "24 at a time {}, at three endpoints with {FEW} connections to each, one of which answers {DELAY:?} later. Our \
         pool gives each caller what is free; the others are three pools, which callers go through in turn.",
        D::ASKING
    );
    let urls = [direct.clone(), direct, url(proxy.address())];
    measured.run(slow, about, 24, Target::Balancing, with_a_slow_one::<D>(urls));
}

fn subjects<D: Database>(url: &str, connections: usize) -> Vec<Subject> {
    let url = || Arc::<str>::from(url);
    let (deadpool, bb8) = (format!("deadpool-{}", D::NAME), format!("bb8-{}", D::NAME));
    let ours = {
        let url = url();
        move || Ours::warm(Pool::builder(D::connector()).endpoints([&*url]), connections)
    };
    let adapted_deadpool = {
        let url = url();
        move || Ours::warm(DeadpoolConnector::new(D::deadpool(&url)).pool(), connections)
    };
    let adapted_bb8 = {
        let url = url();
        move || Ours::warm(Bb8Connector::new(D::bb8(&url)).pool(), connections)
    };
    let (for_deadpool, for_bb8) = (url(), url());
    vec![
        Subject::new("clearpool", Role::Ours, ours),
        Subject::new(&deadpool, Role::Peer, move || Deadpool::warm(D::deadpool(&for_deadpool), connections)),
        Subject::new(&bb8, Role::Peer, move || Bb8::warm(D::bb8(&for_bb8), connections)),
        Subject::new(format!("clearpool + {deadpool}"), Role::Adapted(deadpool), adapted_deadpool),
        Subject::new(format!("clearpool + {bb8}"), Role::Adapted(bb8), adapted_bb8),
    ]
}

fn with_a_slow_one<D: Database>(urls: [String; 3]) -> Vec<Subject> {
    let urls = Arc::new(urls);
    let (for_ours, for_deadpool) = (Arc::clone(&urls), Arc::clone(&urls));
    vec![
        Subject::new("clearpool", Role::Ours, move || Ours::of(balanced::<D>(&for_ours))),
        Subject::new(format!("deadpool-{}, in turn", D::NAME), Role::Peer, move || {
            let urls = Arc::clone(&for_deadpool);
            async move {
                let mut pools = Vec::new();
                for url in &*urls {
                    pools.push(Deadpool::warm(D::deadpool(url), FEW).await);
                }
                InTurn(pools)
            }
        }),
        Subject::new(format!("bb8-{}, in turn", D::NAME), Role::Peer, move || {
            let urls = Arc::clone(&urls);
            async move {
                let mut pools = Vec::new();
                for url in &*urls {
                    pools.push(Bb8::warm(D::bb8(url), FEW).await);
                }
                InTurn(pools)
            }
        }),
    ]
}

/// One pool of three endpoints.
fn balanced<D: Database>(urls: &[String; 3]) -> Pool<D::Connector> {
    let mut options = options(3 * FEW);
    options.limits.max_open_per_endpoint = u32::try_from(FEW).ok();
    let endpoints =
        urls.iter().enumerate().map(|(place, url)| Endpoint { id: place.to_string(), ..Endpoint::new(url) });
    let builder = Pool::builder(D::connector()).endpoints(endpoints);
    builder.options(options).build().expect("sound")
}

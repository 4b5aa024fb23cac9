//! Notices: `tracing` events with the catalog's names, levels and fields.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clearpool::telemetry::{Setup, TelemetryOptions};
use pool_core::catalog::{Notice, SCOPE};
use pool_core::{
    CloseReason, Endpoint, EntryId, ErrorClass, Event, PolicyFault, Reason, RefusalKind, Role, Time, What,
};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::scrape::no_env;

#[derive(Debug, Clone)]
struct Heard {
    name: String,
    level: String,
    fields: Vec<(String, String)>,
}

/// Keeps the events of the pools.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Heard>>>);

impl<S: tracing::Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != SCOPE {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (name, level) = (event.metadata().name().to_owned(), event.metadata().level().to_string().to_lowercase());
        self.0.lock().expect("no panic while locked").push(Heard { name, level, fields: fields.0 });
    }
}

#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name().to_owned(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name().to_owned(), value.to_owned()));
    }
}

/// What is heard while an observer is told of these, each at its time.
fn heard(told: Vec<(Time, What)>) -> Vec<Heard> {
    let ear = Ear::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(ear.clone()), || {
        let mut options = TelemetryOptions::default();
        options.log = "off".to_owned();
        let telemetry = Setup::new(&options).environment(no_env).start().expect("nothing can go wrong");
        let observer = telemetry.observer().expect("somebody listens");
        for (at, what) in told {
            observer.event("orders", &Event::new(at, what), at);
        }
    });
    ear.0.lock().expect("no panic while locked").clone()
}

fn everything() -> Vec<What> {
    let endpoint = || Arc::new(Endpoint::new("a:1"));
    let entry = EntryId::from_parts(1, 0);
    let took = Duration::from_millis(3);
    vec![
        What::Refused { kind: RefusalKind::Timeout, waiter: None, waited: took, context: None },
        What::DialFailed {
            entry,
            endpoint: endpoint(),
            took,
            class: ErrorClass::Transient,
            error: "refused".into(),
            retry_in: took,
            context: None,
        },
        What::Dialed { entry, endpoint: endpoint(), took, context: None },
        What::Checked { entry, endpoint: endpoint(), error: Some("no answer".into()), took },
        What::Reset { entry, endpoint: endpoint(), error: Some("no answer".into()), took },
        What::Evicted {
            entry,
            endpoint: endpoint(),
            why: CloseReason::CLEAR,
            age: took,
            idle_for: None,
            uses: 1,
            last_lease: None,
        },
        What::BreakerOpened { endpoint: endpoint(), failures: 5 },
        What::BreakerClosed { endpoint: endpoint() },
        What::PolicyFaulted { role: Role::Acquire, policy: "odd", fault: PolicyFault::Panic },
        What::EndpointJoined { endpoint: endpoint() },
        What::EndpointChanged { endpoint: endpoint() },
        What::EndpointLeft { endpoint: endpoint() },
        What::EndpointRests { endpoint: endpoint(), policy: "ward", reason: Reason::new("failures") },
        What::EndpointServes { endpoint: endpoint(), policy: "ward", reason: Reason::new("rested") },
        What::LeaseOverdue {
            entry,
            endpoint: endpoint(),
            held_for: took,
            site: Some(std::panic::Location::caller()),
            context: None,
        },
        What::Reconfigured { generation: 3 },
        What::Cleared,
        What::Draining,
        What::Drained,
    ]
}

/// What is heard of a reload that is taken, and of one that is refused.
fn heard_of_reloads() -> Vec<Heard> {
    let ear = Ear::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(ear.clone()), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let pools = pools(&config("max_open = 4", "tcp"));
            pools.reload(&config("max_open = 5", "tcp")).expect("it can be changed");
            pools.reload(&config("max_open = 5", "http")).expect_err("it cannot");
        });
    });
    let heard = ear.0.lock().expect("no panic while locked").clone();
    heard.into_iter().filter(|heard| heard.name.starts_with("pool.config")).collect()
}

fn config(limits: &str, connector: &str) -> clearpool::Config {
    let text = format!(
        "[pools.orders]\nconnector = {{ kind = \"{connector}\" }}\nendpoints = [\"http://127.0.0.1:1\"]\n\
         limits = {{ {limits} }}\n"
    );
    let text = if connector == "tcp" { text.replace("http://", "") } else { text };
    clearpool::Loader::new(&clearpool::App::new()).text("pool.toml", text).load().expect("good")
}

fn pools(config: &clearpool::Config) -> clearpool::Pools {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("nothing can go wrong");
    clearpool::Pools::from_config(&clearpool::App::new(), config, &telemetry).expect("good")
}

#[test]
fn every_notice_is_told_as_the_catalog_says() {
    let told = everything().into_iter().map(|what| (Time::ZERO, what)).collect();
    let mut heard = heard(told);
    heard.extend(heard_of_reloads());
    for notice in Notice::ALL {
        let found: Vec<_> = heard.iter().filter(|heard| heard.name == notice.name()).collect();
        assert_eq!(found.len(), 1, "{}", notice.name());
        assert_eq!(found[0].level, notice.level().as_str(), "{}", notice.name());
        let known: Vec<_> = notice.fields().iter().map(|field| field.key()).collect();
        for (field, _) in found[0].fields.iter().filter(|(field, _)| field != "message") {
            assert!(known.contains(&field.as_str()), "{} has the field {field}", notice.name());
        }
        // Without a trace there is no trace id, and only modules of WebAssembly say of a fault what it was; all else is
        // there.
        let may_lack =
            |field: &str| field == "pool.trace_id" || *notice == Notice::PolicyFaulted && field == "pool.error";
        for field in known.iter().filter(|field| !may_lack(field)) {
            assert!(found[0].fields.iter().any(|(name, _)| name == field), "{} lacks {field}", notice.name());
        }
    }
    assert_eq!(heard.len(), Notice::ALL.len());
}

#[test]
fn what_succeeds_is_not_told() {
    let endpoint = || Arc::new(Endpoint::new("a:1"));
    let entry = EntryId::from_parts(1, 0);
    let well = vec![
        (Time::ZERO, What::Checked { entry, endpoint: endpoint(), error: None, took: Duration::ZERO }),
        (Time::ZERO, What::Closed { entry, endpoint: endpoint(), took: Duration::ZERO }),
    ];
    assert!(heard(well).is_empty());
}

#[test]
fn a_flood_is_told_once_a_second_with_the_number_of_the_others() {
    let refused = |kind| What::Refused { kind, waiter: None, waited: Duration::ZERO, context: None };
    let mut told: Vec<_> =
        (0..1000_u64).map(|step| (Time::from_nanos(step * 1_500_000), refused(RefusalKind::Timeout))).collect();
    told.push((Time::from_nanos(1_500_000_000), refused(RefusalKind::QueueFull)));
    let heard = heard(told);
    let suppressed: Vec<_> = heard
        .iter()
        .map(|heard| {
            let field = |key: &str| {
                heard.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone()).unwrap_or_default()
            };
            (field("pool.refusal"), field("pool.suppressed"))
        })
        .collect();
    let expected = [("timeout", "0"), ("timeout", "666"), ("queue-full", "0")];
    assert_eq!(suppressed, expected.map(|(kind, count)| (kind.to_owned(), count.to_owned())));
}

#[tokio::test]
async fn what_is_odd_about_a_configuration_is_logged_at_the_start_and_at_a_reload() {
    let load = |max_idle: u32| config(&format!("max_open = 4, max_idle = {max_idle}"), "tcp");
    let ear = Ear::default();
    let _heard = tracing::subscriber::set_default(tracing_subscriber::registry().with(ear.clone()));
    let pools = pools(&load(5));
    pools.reload(&load(6)).expect("good");
    let heard = ear.0.lock().expect("no panic while locked").clone();
    let warned: Vec<_> = heard.iter().filter(|heard| heard.level == "warn").collect();
    assert_eq!(warned.len(), 2, "{heard:?}");
    for (warning, max_idle) in warned.iter().zip(["5", "6"]) {
        let told = &warning.fields[0].1;
        assert!(told.contains(&format!("{max_idle} is above max_open = 4")) && told.contains("pool.toml:4"), "{told}");
    }
}

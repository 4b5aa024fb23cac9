//! The rooms, the arrows between them, and the fences.

use Room::{
    Adapter, App, Base, Benches, Connector, Core, Dashboards, Discovery, Examples, Guest, Loader, Policy, Servers, Sim,
    Testkit, Tokio,
};

/// What a crate is, by the place where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    App,
    Core,
    Tokio,
    Sim,
    Testkit,
    Servers,
    Policy,
    /// Policies from WebAssembly modules: a plugin, and not among the defaults for its weight.
    Loader,
    /// What runs inside of such a module: it depends on nothing of ours.
    Guest,
    /// The connector on which those of protocols stand.
    Base,
    Connector,
    /// Connectors of another pool's managers: types, which no file can name.
    Adapter,
    Discovery,
    Dashboards,
    Examples,
    Benches,
}

impl Room {
    pub(crate) fn of(dir: &str) -> Option<Room> {
        let parts: Vec<&str> = dir.split('/').collect();
        Some(match parts.as_slice() {
            [""] => App,
            ["pool-core"] => Core,
            ["pool-tokio"] => Tokio,
            ["pool-sim"] => Sim,
            ["pool-testkit"] => Testkit,
            ["servers"] => Servers,
            ["policies", "acquire" | "release" | "evict" | "balance" | "health" | "queue", _] => Policy,
            ["policies", "wasm", "host"] => Loader,
            ["policies", "wasm", _] => Guest,
            ["connectors", "tcp"] => Base,
            ["connectors", "bb8" | "deadpool"] => Adapter,
            ["connectors", _] => Connector,
            ["discovery", _] => Discovery,
            ["dashboards", ..] => Dashboards,
            ["examples", ..] => Examples,
            ["benches", ..] => Benches,
            _ => return None,
        })
    }

    /// What it may depend on of ours.
    pub(crate) fn arrows(self) -> &'static [Room] {
        match self {
            Core | Servers => &[],
            Tokio | Sim | Policy | Dashboards => &[Core],
            // Its tests compare with policies of ours, and run what guests are made of.
            Loader => &[Core, Policy, Guest],
            Guest => &[Guest],
            Testkit => &[Core, Sim],
            Base | Adapter => &[Core, Tokio],
            // Sockets and TLS are one for all.
            Connector => &[Core, Tokio, Base],
            Discovery => &[Core, Base],
            App => &[Core, Tokio, Sim, Policy, Loader, Base, Connector, Adapter, Discovery, Dashboards],
            Examples => &[App, Core, Testkit, Examples],
            // Past the application, so that what is measured is built without exporters.
            Benches => &[App, Core, Tokio, Policy, Base, Connector, Adapter, Testkit, Benches],
        }
    }

    /// Whether it is something that a configuration file can name.
    pub(crate) fn is_plugin(self) -> bool {
        matches!(self, Policy | Base | Connector | Discovery)
    }
}

/// What everybody's tests may use besides.
pub(crate) const FOR_TESTS: [Room; 3] = [Testkit, Sim, Servers];

/// Who may depend on what we fence in: names as they begin, and who has the key.
pub(crate) const FENCES: [(&[&str], &[Room], &str); 4] = [
    (
        &["tokio", "async-std", "smol"],
        &[Tokio, Base, Connector, Adapter, Discovery, App, Examples, Benches],
        "the machine and the policies have no runtime, so that every decision can be replayed",
    ),
    (
        &["opentelemetry", "tracing-opentelemetry"],
        &[App, Examples, Benches],
        "telemetry leaves pool-core as events, and is exported in src/telemetry only",
    ),
    (
        &["metrics", "prometheus"],
        &[App, Examples, Benches],
        "the machine counts in plain integers, and src/telemetry shows them",
    ),
    (&["figment"], &[App], "how the configuration is put together stays out of public signatures"),
];

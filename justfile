# Thin wrappers on plain cargo, for whoever likes short names: nothing needs them, and each line is what it stands for.

# What there is
default:
    @just --list

# Servers, a pool and a load, with a live table: `just demo --for 20s`, `just demo --traces`, `just demo --compare-unpooled`
demo *arguments:
    @{{ if arguments =~ "--traces" { "scripts/install-servers trace-ui" } else { "true" } }}
    {{ if arguments =~ "--traces" { sampled } else { "" } }} PATH="$PWD/target/servers/bin:$PATH" cargo run -- demo {{arguments}}

# One trace in twenty: all are more than a viewer can take when 96 callers come.
sampled := "OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.05"

# One real problem, to learn how it looks: exhausted, slow-backend, leak, sick-endpoint or churn
problem name *arguments:
    cargo run -- demo --problem {{name}} {{arguments}}

# Pictures of the live page under load and under each problem, for the documentation: needs Chromium
page-shot *arguments:
    scripts/page-shot {{arguments}}

# A crate for a policy of your own: `just new-policy fewest-leases --role balance`
new-policy name *arguments:
    cargo run -- new-policy {{name}} {{arguments}}

# Every test; those that need a missing server skip, loudly
test *arguments:
    cargo test --workspace {{arguments}}

# Bring the servers that tests want to this machine: all, or those named
services *names:
    scripts/install-servers {{names}}

# Format and lints as CI wants them
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy -p clearpool --features otlp-grpc --all-targets -- -D warnings
    cargo clippy -p clearpool --features tls --all-targets -- -D warnings
    for crate in connectors/{tcp,http,grpc,redis,postgres} discovery/consul; do \
        cargo clippy --manifest-path $crate/Cargo.toml --features tls --all-targets -- -D warnings || exit; done

# Put every file into form
fmt:
    cargo fmt --all

# What well-known pools of Go do, recorded anew into tests/recorded: all, or those named; needs Debian
record *originals:
    scripts/record {{originals}}

# Side by side with the peers
bench *arguments:
    cargo bench -p clearpool-benches {{arguments}}

# Connectors beside the clients and pools that people use
bench-connectors *arguments:
    cargo bench -p clearpool-connector-benches {{arguments}}

# What telemetry costs a lease
bench-telemetry *arguments:
    cargo bench -p clearpool-telemetry-cost {{arguments}}

# Fifty callers at once on five idle connections, with every preset
bench-spike *arguments:
    cargo bench -p clearpool-spike {{arguments}}

# The reference, in target/doc
docs:
    cargo doc --workspace --no-deps

# Dashboards and rules, written anew from the catalog
dashboards *arguments:
    cargo run -p clearpool-dashboards -- {{arguments}}

# The JSON Schema of the configuration
schema:
    cargo run --quiet -- schema

# Is this configuration good? `just check pool.toml`
check file:
    cargo run --quiet -- check {{file}}

# The walls between the crates
architecture:
    cargo test -p clearpool --test architecture

# The kernel of the shell under the model checker
loom:
    RUSTFLAGS="--cfg loom" cargo test -p pool-tokio --lib --release --target-dir target/loom kernel

# Licences, versions, sources: needs cargo-deny
deny:
    cargo deny --workspace check licenses bans sources

# The dashboards' pictures in docs/images, from the demo under load: see dashboards/render/README.md
dashboards-shot *arguments:
    dashboards/render/shoot {{arguments}}

# What takes too long for every change: all pictures, all measurements, other random steps
nightly:
    dashboards/render/shoot --strict
    scripts/page-shot
    scripts/page-shot --problems
    CLEARPOOL_PROOF_SEED=$(date +%j) cargo test -p pool-core --lib proof
    cargo bench -p clearpool-benches
    cargo bench -p clearpool-connector-benches
    cargo bench -p clearpool-telemetry-cost
    cargo bench -p clearpool-spike

# All that must hold before a change is taken
ci:
    .ci/run

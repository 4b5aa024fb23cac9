//! `clearpool check FILE`: is anything wrong with a configuration?

mod sources;

use std::ffi::OsString;
use std::io::Write;

use clap::{ArgMatches, Command};

use super::{Outcome, Streams, file_arg, load};
use crate::config::{PoolConfig, Severity, Source};
use crate::{App, Config, ConfigError};

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Tells all that is wrong with a configuration and with its files of endpoints; starts nothing")
        .arg(file_arg())
}

pub(super) fn run(
    app: &App,
    args: &ArgMatches,
    environment: Vec<(OsString, OsString)>,
    streams: &mut Streams<'_>,
) -> Outcome {
    let Some(config) = load(app, args, environment, streams)? else { return Ok(false) };
    let (errors, warnings): (Vec<_>, Vec<_>) =
        sources::ask(app, &config)?.into_iter().partition(|found| found.severity == Severity::Error);
    for warning in &warnings {
        writeln!(streams.err, "{warning}\n")?;
    }
    if !errors.is_empty() {
        writeln!(streams.err, "{}", ConfigError { diagnostics: errors })?;
        return Ok(false);
    }
    report(&config, streams.out)?;
    Ok(true)
}

fn report(config: &Config, out: &mut dyn Write) -> std::io::Result<()> {
    match config.pools.len() {
        1 => writeln!(out, "ok: 1 pool")?,
        pools => writeln!(out, "ok: {pools} pools")?,
    }
    let width = config.pools.keys().map(String::len).max().unwrap_or(0);
    for (name, pool) in &config.pools {
        writeln!(out, "  {name:width$}  {}", summary(pool))?;
    }
    Ok(())
}

fn summary(pool: &PoolConfig) -> String {
    let source = match &pool.source {
        Source::Endpoints(endpoints) if endpoints.len() == 1 => "1 endpoint".to_owned(),
        Source::Endpoints(endpoints) => format!("{} endpoints", endpoints.len()),
        Source::Discovery(chosen) => format!("endpoints by {}", chosen.kind),
    };
    let open = match pool.options.limits.max_open {
        u32::MAX => "any number open".to_owned(),
        most => format!("at most {most} open"),
    };
    let preset = pool.preset.as_ref().map(|name| format!("preset {name}, ")).unwrap_or_default();
    let evict: Vec<&str> = pool.evict.iter().map(|chosen| chosen.kind.as_str()).collect();
    format!(
        "{} to {source}, {open}; {preset}acquire {}, release {}, balance {}, evict {}{}",
        pool.connector.kind,
        pool.acquire.kind,
        pool.release.kind,
        pool.balance.kind,
        if evict.is_empty() { "none".to_owned() } else { evict.join(" + ") },
        [("health", &pool.health), ("queue", &pool.queue)]
            .iter()
            .filter_map(|(role, chosen)| chosen.as_ref().map(|chosen| format!(", {role} {}", chosen.kind)))
            .collect::<String>(),
    )
}

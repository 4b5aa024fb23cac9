//! All settings, round by round.

use crate::setting::{Callers, Setting, Telemetry};

/// What was measured of one setting.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// Nanoseconds of a lease, one for each round.
    pub rounds: Vec<f64>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Rounds.
    pub rounds: usize,
    /// Bursts of each setting in a round.
    pub bursts: usize,
}

/// Measures all settings, or the one that begins with this: for a profiler.
pub async fn measure(size: Size, only: Option<&str>) -> Vec<Row> {
    let mut settings = vec![
        Setting::build("(a) no telemetry", Telemetry::None, Callers::Nobodys).await,
        Setting::build("(b) metrics", Telemetry::Metrics, Callers::Nobodys).await,
        Setting::build("(c) metrics and spans, the parent not sampled", Telemetry::Sampled, Callers::Unsampled).await,
        Setting::build("(d) the same, one parent in a hundred sampled", Telemetry::Sampled, Callers::OneInHundred)
            .await,
        Setting::build("(e) metrics, and a span for every lease", Telemetry::All, Callers::Unsampled).await,
    ];
    settings.retain(|setting| only.is_none_or(|only| setting.name.contains(only)));
    let mut rows: Vec<_> = settings.iter().map(|setting| Row { name: setting.name, rounds: Vec::new() }).collect();
    for round in 0..size.rounds + 1 {
        for place in 0..settings.len() {
            let which = (round + place) % settings.len();
            let setting = &settings[which];
            assert!(setting.is_scraped(), "{}: the endpoint is up", setting.name);
            let mut bursts = Vec::with_capacity(size.bursts);
            for _ in 0..size.bursts {
                bursts.push(setting.burst().await);
                setting.drain();
            }
            // The first round warms up.
            if round > 0 {
                rows[which].rounds.push(median(bursts));
            }
        }
    }
    rows
}

/// By how much one setting costs more than another, as the median over rounds.
pub fn difference(more: &Row, less: &Row) -> f64 {
    median(more.rounds.iter().zip(&less.rounds).map(|(more, less)| more - less).collect())
}

/// The value in the middle; of an even number, the upper one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

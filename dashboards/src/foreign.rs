//! What Prometheus itself tells, and our dashboards and rules look at beside our own metrics.

/// A metric of Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// One for each target whose last scrape succeeded, zero for the others.
    Up,
    /// How long the last scrape of a target took, in seconds.
    ScrapeDuration,
    /// How many samples the last scrape of a target brought.
    ScrapeSamples,
    /// One for each alert that is pending or fires.
    Alerts,
}

impl Foreign {
    /// Each of them.
    pub const ALL: &'static [Foreign] =
        &[Foreign::Up, Foreign::ScrapeDuration, Foreign::ScrapeSamples, Foreign::Alerts];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Foreign::Up => "up",
            Foreign::ScrapeDuration => "scrape_duration_seconds",
            Foreign::ScrapeSamples => "scrape_samples_scraped",
            Foreign::Alerts => "ALERTS",
        }
    }

    /// Its labels besides `job` and `instance`. An alert has also the labels of what it is about.
    pub const fn labels(self) -> &'static [&'static str] {
        match self {
            Foreign::Up | Foreign::ScrapeDuration | Foreign::ScrapeSamples => &[],
            Foreign::Alerts => &["alertname", "alertstate", "severity"],
        }
    }
}

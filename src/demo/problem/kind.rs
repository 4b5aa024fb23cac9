//! The problems that there are.

/// What can be wrong with a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    Exhausted,
    SlowBackend,
    Leak,
    SickEndpoint,
    Churn,
}

impl Problem {
    pub(crate) const ALL: [Problem; 5] =
        [Problem::Exhausted, Problem::SlowBackend, Problem::Leak, Problem::SickEndpoint, Problem::Churn];

    /// As it is typed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Problem::Exhausted => "exhausted",
            Problem::SlowBackend => "slow-backend",
            Problem::Leak => "leak",
            Problem::SickEndpoint => "sick-endpoint",
            Problem::Churn => "churn",
        }
    }

    /// The problem of this name.
    pub(crate) fn named(name: &str) -> Option<Problem> {
        Problem::ALL.into_iter().find(|problem| problem.name() == name)
    }

    /// What happens.
    pub(super) const fn says(self) -> &'static str {
        match self {
            Problem::Exhausted => "ten times as many callers come, more than there are connections",
            Problem::SlowBackend => "the same callers, but every server takes twenty times as long to answer",
            Problem::Leak => "some callers do not give their connections back",
            Problem::SickEndpoint => "server b is killed, and stays dead",
            Problem::Churn => "somebody has connections closed after two uses: release = max-uses",
        }
    }

    /// The panel of the dashboard *Pool* that turns red.
    pub(super) const fn lamp(self) -> &'static str {
        match self {
            Problem::Exhausted => "Exhausted?",
            Problem::SlowBackend => "Slow backend?",
            Problem::Leak => "Leak?",
            Problem::SickEndpoint => "Sick endpoint?",
            Problem::Churn => "Churn?",
        }
    }

    /// The page of `docs/runbooks` that it is for.
    pub(super) const fn runbook(self) -> &'static str {
        match self {
            Problem::Exhausted | Problem::SlowBackend => "ClearpoolSaturated",
            Problem::Leak => "ClearpoolLeaseHeldTooLong",
            Problem::SickEndpoint => "ClearpoolEndpointSick",
            Problem::Churn => "ClearpoolChurn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_name_and_has_its_lamp_and_its_runbook() {
        let pool = include_str!("../../../dashboards/grafana/pool.json");
        for problem in Problem::ALL {
            assert_eq!(Problem::named(problem.name()), Some(problem));
            let title = format!("\"title\": \"{}\"", problem.lamp());
            assert!(pool.contains(&title), "the dashboard has no panel {title}");
            let page = format!("{}/docs/runbooks/{}.md", env!("CARGO_MANIFEST_DIR"), problem.runbook());
            assert!(std::path::Path::new(&page).is_file(), "{page}");
        }
        assert_eq!(Problem::named("Leak"), None);
    }
}

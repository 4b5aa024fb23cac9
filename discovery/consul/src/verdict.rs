//! Which endpoints follow from what is registered.

use pool_core::Endpoint;

use crate::answer::Entry;
use crate::instance::{Instance, State};
use crate::{ConsulOptions, Health};

/// Which endpoints there should be.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    /// By name, in its order.
    pub(crate) endpoints: Vec<Endpoint>,
    /// What is not as it should be, for whoever looks after the pool.
    pub(crate) trouble: Option<String>,
}

impl Verdict {
    /// The verdict on all instances that are registered, whatever their health; `last` are the endpoints until now.
    pub(crate) fn on(registered: Vec<Entry>, last: &[Endpoint], options: &ConsulOptions) -> Verdict {
        let (mut all, mut left_out) = (Vec::new(), Vec::new());
        for one in registered {
            match one.and_then(Instance::of) {
                Ok(instance) => all.push(instance),
                Err(why) => left_out.push(why),
            }
        }
        all.sort_by(|a, b| a.endpoint.id.cmp(&b.endpoint.id));
        all.dedup_by(|a, b| a.endpoint.id == b.endpoint.id);
        let trouble = (!left_out.is_empty())
            .then(|| format!("these are left out, as they are registered wrongly: {}", left_out.join(", ")));
        if all.is_empty() {
            let trouble = trouble.unwrap_or_else(|| nobody(options));
            return Verdict { endpoints: Vec::new(), trouble: Some(trouble) };
        }
        let Some(worst) = worst_that_serves(&all, options) else {
            return none_healthy(all, last, options);
        };
        let endpoints = all.into_iter().filter(|one| one.state <= worst).map(|one| one.endpoint).collect();
        Verdict { endpoints, trouble }
    }
}

/// As bad may an instance be and serve all the same; `None` if even the best is too bad.
fn worst_that_serves(all: &[Instance], options: &ConsulOptions) -> Option<State> {
    let allowed = match options.health {
        Health::Passing => State::Passing,
        Health::PassingOrWarning => State::Warning,
        Health::Any => State::Critical,
    };
    let best = all.iter().map(|one| one.state).min().filter(|best| *best <= allowed)?;
    Some(if options.prefer_passing { best } else { allowed })
}

fn none_healthy(all: Vec<Instance>, last: &[Endpoint], options: &ConsulOptions) -> Verdict {
    let count = all.len();
    let sick = all.iter().take(MOST_NAMED).map(|one| format!("`{}` by `{}`", one.endpoint.id, one.complaint));
    let mut sick = sick.collect::<Vec<_>>().join(", ");
    if count > MOST_NAMED {
        sick.push_str(", …");
    }
    let was_healthy = |one: &Instance| last.iter().any(|endpoint| endpoint.id == one.endpoint.id);
    let kept = all.into_iter().filter(|one| options.keep_last && was_healthy(one)).map(|one| one.endpoint);
    let endpoints: Vec<Endpoint> = kept.collect();
    let stay = if endpoints.is_empty() { "" } else { "; those that last were healthy stay" };
    let of_all = if count == 1 { "the one instance".to_owned() } else { format!("any of the {count} instances") };
    let trouble = format!("no check lets {of_all} of `{}` serve: {sick}{stay}", options.service);
    Verdict { endpoints, trouble: Some(trouble) }
}

const MOST_NAMED: usize = 3;

fn nobody(options: &ConsulOptions) -> String {
    let service = &options.service;
    let narrowed = !options.tags.is_empty() || !options.node_meta.is_empty() || options.filter.is_some();
    let such = if narrowed { " with such tags and metadata" } else { "" };
    format!(
        "Consul knows no instance of `{service}`{such}; is that its name, and may the token read it (`service:read`, \
         `node:read`)?"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Instances by name, weight and check; each is registered to weigh 1 less when it warns.
    fn registered(all: &[(&str, u32, &str)]) -> Vec<Entry> {
        let one = |(id, weight, status): &(&str, u32, &str)| {
            let registered = json!({
                "Node": { "Node": "n", "Address": "10.0.0.1" },
                "Service": { "ID": id, "Port": 80, "Weights": { "Passing": weight, "Warning": weight - 1 } },
                "Checks": [{ "Name": "alive", "Status": status }],
            });
            Ok(serde_json::from_value(registered).expect("well-formed"))
        };
        all.iter().map(one).collect()
    }

    fn names(verdict: &Verdict) -> Vec<(&str, u32)> {
        verdict.endpoints.iter().map(|one| (one.name(), one.weight)).collect()
    }

    const MIXED: [(&str, u32, &str); 3] = [("c", 7, "critical"), ("b", 5, "warning"), ("a", 3, "passing")];

    #[test]
    fn health_says_who_serves() {
        let weights = [3, 4, 6];
        for (health, prefer_passing, serve) in [
            (Health::Passing, false, 1),
            (Health::Passing, true, 1),
            (Health::PassingOrWarning, false, 2),
            (Health::PassingOrWarning, true, 1),
            (Health::Any, false, 3),
            (Health::Any, true, 1),
        ] {
            let options = ConsulOptions { health, prefer_passing, ..ConsulOptions::new("orders") };
            let verdict = Verdict::on(registered(&MIXED), &[], &options);
            let expected: Vec<_> = ["n/a", "n/b", "n/c"].into_iter().zip(weights).take(serve).collect();
            assert_eq!((names(&verdict), &verdict.trouble), (expected, &None), "{health:?}, {prefer_passing}");
        }
        let options = ConsulOptions { health: Health::Any, prefer_passing: true, ..ConsulOptions::new("orders") };
        assert_eq!(names(&Verdict::on(registered(&MIXED[..2]), &[], &options)), [("n/b", 4)]);
        assert_eq!(names(&Verdict::on(registered(&MIXED[..1]), &[], &options)), [("n/c", 6)]);
    }

    #[test]
    fn where_none_is_healthy_those_stay_that_were_and_are_registered() {
        let options = ConsulOptions::new("orders");
        let last = Verdict::on(registered(&[("a", 3, "passing"), ("b", 3, "passing")]), &[], &options).endpoints;
        let sick = [("a", 5, "critical"), ("c", 5, "critical")];
        let verdict = Verdict::on(registered(&sick), &last, &options);
        assert_eq!(names(&verdict), [("n/a", 4)], "b is not registered, c never was healthy");
        let trouble = verdict.trouble.expect("trouble");
        for part in ["any of the 2 instances of `orders`", "`n/a` by `alive`", "stay"] {
            assert!(trouble.contains(part), "`{part}` is not in: {trouble}");
        }
        let strict = ConsulOptions { keep_last: false, ..options };
        let verdict = Verdict::on(registered(&sick), &last, &strict);
        assert_eq!(verdict.endpoints, []);
        assert!(verdict.trouble.is_some_and(|trouble| !trouble.contains("stay")));
    }

    #[test]
    fn instances_that_are_registered_wrongly_are_named_and_the_others_serve() {
        let options = ConsulOptions::new("orders");
        let mut all = registered(&[("a", 3, "passing"), ("b", 3, "passing")]);
        all[0].as_mut().expect("good").service.port = 0;
        all.push(Err("`n/c` (no sense)".to_owned()));
        let verdict = Verdict::on(all, &[], &options);
        assert_eq!(names(&verdict), [("n/b", 3)]);
        let trouble = verdict.trouble.expect("trouble");
        assert!(trouble.ends_with(": `n/a` (it has no port), `n/c` (no sense)"), "{trouble}");
    }

    #[test]
    fn where_nobody_is_registered_it_is_said_what_that_may_mean() {
        let mut options = ConsulOptions::new("orders");
        let trouble = |options: &ConsulOptions| Verdict::on(Vec::new(), &[], options).trouble.expect("trouble");
        assert!(trouble(&options).contains("no instance of `orders`; is that its name"), "{}", trouble(&options));
        options.tags = vec!["v2".to_owned()];
        assert!(trouble(&options).contains("such tags"), "{}", trouble(&options));
    }
}

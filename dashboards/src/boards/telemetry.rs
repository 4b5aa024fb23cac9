//! *Telemetry*: is what the other dashboards show true and complete?

use pool_core::catalog::{Attribute, Metric};

use crate::dashboard::{Dashboard, known_by};
use crate::foreign::Foreign;
use crate::measure::CHOSEN;
use crate::panel::Color::{Bad, Idle, Warn};
use crate::panel::{Panel, Unit};
use crate::promql::label::{CONFIG_RESULT, CONFIG_STATUS, DELIVERY, EACH_PROCESS, INSTANCE, JOB, SIGNAL};
use crate::promql::{Query, Series, count, max, min, sum};
use crate::variable::Variable;

/// Why there may be nothing on exports.
const NO_COLLECTOR: &str = "no collector is configured, so that nothing is exported";
/// Why there may be nothing on scrapes.
const PUSHED: &str = "the metrics are pushed, not scraped";

/// The dashboard.
pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        name: "telemetry",
        title: "Clearpool / Telemetry",
        answers: "Can the other dashboards be believed? Scrapes, exports and spans, delivered and lost; and is the \
                  configuration in force that was written?",
        variables: vec![Variable::job(), Variable::instance()],
        panels: vec![
            targets_up(),
            targets_down(),
            age_now(),
            exports_lost(),
            spans_lost(),
            processes(),
            up(),
            age(),
            exports(),
            spans(),
            lost_share(),
            scrape_time(),
            scrape_size(),
            restarts(),
            configurations(),
            reloads(),
        ],
    }
}

fn chosen(foreign: Foreign) -> Series {
    Series::foreign(foreign).matches(JOB, "$job").matches(INSTANCE, "$instance")
}

/// Only of targets that have told of a pool in the time that is shown: of all others in the same
/// Prometheus nothing is to be said here.
fn of_ours(foreign: Foreign) -> Query {
    chosen(foreign).now().and_on(EACH_PROCESS, ours().last("$__range"))
}

fn ours() -> Series {
    known_by().matches(JOB, "$job").matches(INSTANCE, "$instance")
}

fn targets_up() -> Panel {
    Panel::stat("Targets up", Unit::Number)
        .shows("Processes with pools whose last scrape succeeded.")
        .when_bad(
            "Fewer than there are processes: see *Up* for which one, and Prometheus' own page of targets for why.",
        )
        .query(sum(&[], of_ours(Foreign::Up)), "up")
        .may_be_empty(PUSHED)
}

fn targets_down() -> Panel {
    Panel::stat("Targets down", Unit::Number)
        .shows("Processes with pools whose last scrape failed.")
        .when_bad("The process is gone, or its scrape port cannot be reached: its pools are on no dashboard now.")
        .query(count(&[], of_ours(Foreign::Up).equals(0.0)), "down")
        .may_be_empty("no target is down")
        .steps(&[(1.0, Bad)])
}

fn age_now() -> Panel {
    Panel::stat("Oldest sample", Unit::Seconds)
        .shows("How long ago the least recent of the processes was heard of.")
        .when_bad("Above two scrape intervals: a scrape is late or fails. What is shown is as old as this.")
        .query(max(&[], ours().now().age()), "age")
        .steps(&[(120.0, Warn), (240.0, Bad)])
}

fn exports_lost() -> Panel {
    Panel::stat("Exports lost", Unit::Share)
        .shows("The share of the exports that the collector did not take.")
        .when_bad("See *Exports*: all of them lost means that the collector is down or its address wrong.")
        .query(CHOSEN.lost_share(&[], Metric::TelemetryExports), "lost")
        .may_be_empty(NO_COLLECTOR)
        .steps(&[(0.000_001, Warn), (0.1, Bad)])
}

fn spans_lost() -> Panel {
    Panel::stat("Spans lost", Unit::Share)
        .shows("The share of the spans that ended and that the collector does not have.")
        .when_bad("The collector is slow or down, or more spans end than can be sent: lower the ratio.")
        .query(CHOSEN.lost_share(&[], Metric::TelemetrySpans), "lost")
        .may_be_empty(NO_COLLECTOR)
        .steps(&[(0.000_001, Warn), (0.1, Bad)])
}

fn processes() -> Panel {
    let processes = count(EACH_PROCESS, ours().now());
    Panel::stat("Processes", Unit::Number)
        .shows("Processes that tell of at least one pool.")
        .when_bad("Fewer than you run: the others are not scraped, or have not built a pool.")
        .query(count(&[], processes), "processes")
}

fn up() -> Panel {
    Panel::chart("Up", Unit::YesNo)
        .shows("Whether the last scrape of each process succeeded.")
        .when_bad("A line at zero: the process or its scrape port. A line that ends: the target is gone.")
        .query(sum(EACH_PROCESS, of_ours(Foreign::Up)), "{{job}} {{instance}}")
        .may_be_empty(PUSHED)
}

fn age() -> Panel {
    Panel::chart("Age of the newest sample", Unit::Seconds)
        .shows("How old what is shown of each process is: a saw as high as the scrape interval.")
        .when_bad("A tooth that grows: scrapes fail. After five minutes the process vanishes from the dashboards.")
        .query(max(EACH_PROCESS, ours().now().age()), "{{job}} {{instance}}")
}

fn exports() -> Panel {
    let by = [INSTANCE, SIGNAL, DELIVERY];
    Panel::chart("Exports", Unit::PerSecond)
        .shows("Exports of metrics and of traces to the collector, a second, by whether it took them.")
        .when_bad("Lost ones: the notices in the log say why. Leases never wait for an export, and memory is bounded.")
        .query(CHOSEN.rate(&by, Metric::TelemetryExports), "{{instance}} {{signal}} {{delivery}}")
        .may_be_empty(NO_COLLECTOR)
        .color(Attribute::LOST, Bad)
        .color(Attribute::DELIVERED, Idle)
        .many()
}

fn spans() -> Panel {
    Panel::chart("Spans", Unit::PerSecond)
        .shows("Spans that ended, a second, by whether the collector has them.")
        .when_bad("Lost while exports are delivered: more end than can be sent. Lower the ratio, or `spans`.")
        .query(CHOSEN.rate(&[INSTANCE, DELIVERY], Metric::TelemetrySpans), "{{instance}} {{delivery}}")
        .may_be_empty(NO_COLLECTOR)
        .color(Attribute::LOST, Bad)
        .color(Attribute::DELIVERED, Idle)
        .stacked()
}

fn lost_share() -> Panel {
    Panel::chart("Lost share", Unit::Share)
        .shows("Which share of exports and of spans is lost, by process.")
        .when_bad("Steady and small: the collector restarts or sheds load. One: it is not there.")
        .query(CHOSEN.lost_share(&[INSTANCE], Metric::TelemetryExports), "{{instance}} exports")
        .may_be_empty(NO_COLLECTOR)
        .query(CHOSEN.lost_share(&[INSTANCE], Metric::TelemetrySpans), "{{instance}} spans")
        .may_be_empty(NO_COLLECTOR)
        .steps(&[(0.1, Bad)])
        .at_least_up_to(0.12)
}

fn scrape_time() -> Panel {
    Panel::chart("Scrape time", Unit::Seconds)
        .shows("How long the last scrape of each process took.")
        .when_bad("Near the scrape time-out: the process is starved of CPU, or the network is slow.")
        .query(max(EACH_PROCESS, of_ours(Foreign::ScrapeDuration)), "{{job}} {{instance}}")
        .may_be_empty(PUSHED)
}

fn scrape_size() -> Panel {
    Panel::chart("Samples of a scrape", Unit::Number)
        .shows("How many samples a scrape brings: the cost of the telemetry in Prometheus.")
        .when_bad("It grows with pools, endpoints and reasons, and with nothing else. A slope: endpoints come and go.")
        .query(max(EACH_PROCESS, of_ours(Foreign::ScrapeSamples)), "{{job}} {{instance}}")
        .may_be_empty(PUSHED)
}

fn restarts() -> Panel {
    Panel::chart("Time since the pools were built", Unit::Seconds)
        .shows("How long ago the youngest pool of each process was built.")
        .when_bad("A fall to zero is a restart, or a pool that was built anew. Often: the process crashes.")
        .query(min(EACH_PROCESS, ours().now()), "{{job}} {{instance}}")
}

/// Why there may be nothing on configurations.
const IN_CODE: &str = "the pools were made in code, not from a configuration";

fn configurations() -> Panel {
    let others = CHOSEN.of(Metric::ConfigStatus).is_not(CONFIG_STATUS, Attribute::IN_FORCE);
    Panel::chart("Configurations not in force", Unit::Number)
        .shows(
            "Processes whose pools run with another configuration than was last asked for: `refused` as a whole, or \
             `restart-needed` for the telemetry's own options.",
        )
        .when_bad(
            "The notice `pool.config_refused` in the log of the process says what is wrong with the file, with line and \
             key. Until it is put right, the next restart fails or brings a surprise.",
        )
        .query(sum(&[INSTANCE, CONFIG_STATUS], others.now()), "{{instance}} {{status}}")
        .may_be_empty(IN_CODE)
        .many()
}

fn reloads() -> Panel {
    Panel::chart("Reloads", Unit::PerSecond)
        .shows("How often the configuration was read again, a second, by what came of it.")
        .when_bad("Many, by themselves: something writes the file again and again. `refused`: see the panel beside.")
        .query(CHOSEN.rate(&[INSTANCE, CONFIG_RESULT], Metric::Reloads), "{{instance}} {{result}}")
        .may_be_empty(IN_CODE)
        .color(Attribute::REFUSED, Bad)
        .many()
}

//! The page: what is played, what came of it, and what follows.

use std::fmt::Write;

use crate::figures::{Figures, even};
use crate::{HEALTH, Row, advice};

const INTRODUCTION: &str = include_str!("page/introduction.md");
const COLUMNS: &str = include_str!("page/columns.md");

/// The page of these rows.
pub(crate) fn page(rows: &[Row]) -> String {
    let mut page = INTRODUCTION.to_owned();
    table(&mut page, rows.iter().map(|row| (row.kind, &row.alone)));
    write(&mut page, &COLUMNS.replace("{even}", &format!("{:.1}", even())));
    if rows.iter().any(|row| row.with_health.is_some()) {
        write(
            &mut page,
            &format!(
                "\n## With `{HEALTH}` over them\n\nThe same scene, with `health = {{ kind = \"{HEALTH}\" }}`.\n\n"
            ),
        );
        table(&mut page, rows.iter().filter_map(|row| Some((row.kind, row.with_health.as_ref()?))));
    }
    write(&mut page, "\n## Which to choose\n\n| policy | choose it if | not if |\n| --- | --- | --- |\n");
    for row in rows {
        if let Some(advice) = advice::of(row.kind) {
            write(&mut page, &format!("| `{}` | {} | {} |\n", row.kind, advice.choose, advice.avoid));
        }
    }
    write(&mut page, advice::SUMMARY);
    page
}

fn table<'a>(page: &mut String, rows: impl Iterator<Item = (&'a str, &'a Figures)>) {
    write(page, "| policy | good/s | p50 | p99 | errors | `slow` | `failing` | `late` | each good one | waited |\n");
    write(page, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    rows.for_each(|(kind, figures)| write(page, &line(kind, figures)));
}

fn line(kind: &str, figures: &Figures) -> String {
    let ms = |part: f64| format!("{:.0} ms", figures.took(part).as_secs_f64() * 1e3);
    let (least, most) = figures.good();
    let shares =
        [figures.errors(), figures.slow(), figures.failing(), figures.late()].map(|share| format!("{share:.1} %"));
    format!(
        "| `{kind}` | {:.0} | {} | {} | {} | {least:.1} to {most:.1} % | {:.0} % |\n",
        figures.good_a_second(),
        ms(0.5),
        ms(0.99),
        shares.join(" | "),
        figures.waited()
    )
}

fn write(page: &mut String, text: &str) {
    page.write_str(text).expect("a string takes all");
}

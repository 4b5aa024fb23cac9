//! What a call costs, of the plainest mutant of each role: how exact the bench itself is.

use pool_testkit::bench;
use pool_testkit::mutants::habits;

fn main() {
    habits::ALL.iter().filter(|mutant| mutant.plugin.kind == "undeclared").for_each(|mutant| bench::run(mutant.plugin));
}

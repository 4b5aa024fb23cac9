//! What is told when a policy was made: what there is, and what comes next.

use std::io::{self, Write};

use super::super::items::Sort;
use super::Made;
use super::place::Place;
use super::template::Source;

/// Tells it.
pub(super) fn next_steps(made: &Made, out: &mut dyn Write) -> io::Result<()> {
    let Made { role, name, .. } = made;
    writeln!(
        out,
        "made {}, a policy of the role {} and the kind `{}`:",
        made.folder.display(),
        role.as_str(),
        name.kind()
    )?;
    made.files.iter().try_for_each(|file| writeln!(out, "  {file}"))?;
    writeln!(out, "\n{}What it decides is marked in src/policy.rs: THIS IS THE RULE.", whether_it_passes(made))?;
    match &made.place {
        Place::Workspace { .. } => in_workspace(made, out),
        Place::Standalone { inside, .. } => {
            writeln!(out, "\n  cd {}\n  cargo test", made.folder.display())?;
            if let Some(root) = inside {
                let manifest = root.join("Cargo.toml");
                writeln!(out, "\nIt lies in a workspace: add it to `members` in {}.", manifest.display())?;
            }
            in_a_program(made, out)
        }
    }
}

/// No registry has Clearpool yet, so that cargo cannot build what takes it from one.
fn whether_it_passes(made: &Made) -> &'static str {
    match (&made.place, &made.source) {
        (Place::Standalone { .. }, Source::Version(_)) => {
            "Clearpool is not published yet, and cargo finds no version of it: until it is, make this crate with\n\
             --clearpool-path DIR or --clearpool-git URL. Made so, it passes its tests as it is.\n"
        }
        _ => "It passes its tests as it is. ",
    }
}

fn in_a_program(made: &Made, out: &mut dyn Write) -> io::Result<()> {
    let (package, library) = (made.name.package(made.role), made.name.library(made.role));
    writeln!(
        out,
        "\nA program that depends on clearpool and on {package} has it with all else, and `check`, `explain`, `list`,\n\
         `schema`, `demo` and `trace` know it:\n\n  \
         fn main() -> std::process::ExitCode {{\n      \
         let app = clearpool::App::new().policy({library}::PLUGIN);\n      \
         clearpool::cli::run(&app, std::env::args_os())\n  \
         }}\n\nand a pool of a configuration uses it with\n\n  {}",
        configured(made)
    )
}

/// The lines that make it one of those that come with Clearpool. No file is edited: what is in them is somebody's.
fn in_workspace(made: &Made, out: &mut dyn Write) -> io::Result<()> {
    let (kind, role) = (made.name.kind(), made.role.as_str());
    let (package, library, feature) =
        (made.name.package(made.role), made.name.library(made.role), made.name.feature(made.role));
    writeln!(
        out,
        "\nIt is a member of the workspace already; these lines make it one of the plugins that come with Clearpool:\n\n\
         Cargo.toml\n  \
         [features], in `default`\n    \"{feature}\",\n  \
         [features]\n    {feature} = [\"dep:{package}\"]\n  \
         [dependencies]\n    {package} = {{ workspace = true, optional = true }}\n  \
         [workspace.dependencies]\n    {package} = {{ path = \"policies/{role}/{kind}\" }}\n\
         src/plugins.rs, in `list!`\n    \"{feature}\" policy {library}::PLUGIN;\n\n  \
         cargo test -p {package}\n  \
         cargo run -- schema > docs/clearpool.schema.json\n  \
         cargo test -p clearpool --test architecture\n\n\
         A pool of a configuration uses it with\n\n  {}",
        configured(made)
    )
}

/// How a pool's table names it.
fn configured(made: &Made) -> String {
    let (role, kind) = (made.role.as_str(), made.name.kind());
    if Sort::of(made.role).several {
        return format!("{role} = [{{ kind = \"{kind}\" }}]");
    }
    format!("{role} = {{ kind = \"{kind}\" }}")
}

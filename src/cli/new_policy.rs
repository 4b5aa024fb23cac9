//! `clearpool new-policy`: a crate for a policy of one's own, which compiles and passes its tests before anything is
//! changed.

mod name;
mod place;
mod template;
mod told;
mod version;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Command};
use pool_core::Role;

use self::name::Name;
use self::place::{Place, Wish};
use self::template::Source;
use super::items::Sort;
use super::{Outcome, Streams};
use crate::App;

/// What is wrong, in the words of an error message.
type Mistake = String;

pub(super) fn command() -> Command {
    Command::new("new-policy")
        .about("Makes a crate for a policy of your own, with options, tests and a README; it compiles as it is")
        .arg(Arg::new("NAME").required(true).help("Its kind, as a configuration will write it: `fewest-leases`"))
        .arg(
            Arg::new("role")
                .long("role")
                .value_name("ROLE")
                .required(true)
                .value_parser(Role::ALL.map(|role| PossibleValue::new(role.as_str()).help(Sort::of(role).does)))
                .help("What it decides"),
        )
        .arg(
            Arg::new("path")
                .long("path")
                .value_name("DIR")
                .default_value(".")
                .value_parser(clap::value_parser!(PathBuf))
                .help("Where its folder is made; inside Clearpool's workspace that is policies/ROLE/NAME"),
        )
        .arg(
            flag("workspace")
                .conflicts_with("standalone")
                .help("As part of Clearpool's workspace, or not at all; default where --path is inside of it"),
        )
        .arg(flag("standalone").help("A crate of its own, with CI; default elsewhere"))
        .arg(
            Arg::new("clearpool-path")
                .long("clearpool-path")
                .value_name("DIR")
                .value_parser(clap::value_parser!(PathBuf))
                .conflicts_with_all(["clearpool-git", "clearpool-version", "workspace"])
                .help("A crate of its own depends on the Clearpool that lies there"),
        )
        .arg(
            Arg::new("clearpool-git")
                .long("clearpool-git")
                .value_name("URL")
                .conflicts_with_all(["clearpool-version", "workspace"])
                .help("… on the one in this repository"),
        )
        .arg(
            Arg::new("clearpool-version")
                .long("clearpool-version")
                .value_name("VERSION")
                .conflicts_with("workspace")
                .help("… on this version; default, the version of this command"),
        )
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

pub(super) fn run(app: &App, args: &ArgMatches, streams: &mut Streams<'_>) -> Outcome {
    match make(app, args) {
        Ok(made) => {
            told::next_steps(&made, streams.out)?;
            Ok(true)
        }
        Err(mistake) => {
            writeln!(streams.err, "error: {mistake}")?;
            Ok(false)
        }
    }
}

/// A crate that was made.
struct Made {
    role: Role,
    name: Name,
    place: Place,
    /// Where it takes Clearpool from.
    source: Source,
    /// In which folder.
    folder: PathBuf,
    /// Which files, from there.
    files: Vec<String>,
}

fn make(app: &App, args: &ArgMatches) -> Result<Made, Mistake> {
    let text = |key: &str| args.get_one::<String>(key).map(String::as_str);
    let role = text("role").and_then(|word| Role::ALL.into_iter().find(|role| role.as_str() == word));
    let role = role.ok_or("the role is missing: --role balance")?;
    let name = Name::of(text("NAME").unwrap_or_default(), role)?;
    not_taken(app, role, &name)?;
    let near = args.get_one::<PathBuf>("path").cloned().unwrap_or_default();
    let place = Place::find(&near, Wish::from_flags(args.get_flag("workspace"), args.get_flag("standalone")))?;
    let source = match (args.get_one::<PathBuf>("clearpool-path"), text("clearpool-git"), text("clearpool-version")) {
        (None, None, None) => Source::this_version(),
        _ if place.is_workspace() => {
            return Err("inside Clearpool's workspace a crate takes its dependencies from there; \
                        leave the option out, or make a crate of its own with --standalone"
                .to_owned());
        }
        (Some(path), ..) => Source::path(path)?,
        (_, Some(url), _) => Source::Git(url.to_owned()),
        (.., version) => Source::Version(version::requirement(version.unwrap_or_default())?),
    };
    let folder = place.folder(role, &name);
    let files = template::render(role, &name, place.is_workspace(), &source);
    write(&folder, &files)?;
    let files = files.into_iter().map(|(path, _)| path).collect();
    Ok(Made { role, name, place, source, folder, files })
}

/// A registry cannot hold two of one role and kind, so that is told now and not when the program starts.
fn not_taken(app: &App, role: Role, name: &Name) -> Result<(), Mistake> {
    let Some(first) = app.policies.find(role, name.kind()) else { return Ok(()) };
    Err(format!(
        "the {} policy `{}` is there already, from the crate {}\n  = choose another name: a program could not \
         have both; `clearpool list {}` says what it does",
        role.as_str(),
        first.kind,
        first.krate,
        first.kind
    ))
}

/// Writes the files. What is there already is never overwritten.
fn write(folder: &Path, files: &[(String, String)]) -> Result<(), Mistake> {
    let cannot = |path: &Path, error: &io::Error| format!("cannot write {}: {error}", path.display());
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(cannot(folder, &error)),
    };
    if !is_empty {
        return Err(format!(
            "{} is there already, and not empty\n  = nothing was written: choose another name or --path, or remove it \
             first",
            folder.display()
        ));
    }
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| cannot(parent, &error))?;
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| cannot(&path, &error))?;
    }
    Ok(())
}

//! A policy that reads a file: its path is meant from the directory of the configuration.

use std::path::{Path, PathBuf};

use clearpool::core::{AcquirePolicy, Cx, Decision, EntryId, Factory, IdleView, OptionError, Plugin, Reason};
use clearpool::{App, Loader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// It can be made if its file is there.
#[derive(Debug)]
struct FromFile;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    file: PathBuf,
}

impl AcquirePolicy for FromFile {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: Reason::new("newest") }
    }
}

impl Factory<dyn AcquirePolicy> for FromFile {
    const KIND: &'static str = "from-file";
    const SUMMARY: &'static str = "What a file says";
    const EXAMPLE: &'static str = "kind = \"from-file\"\nfile = \"rules.txt\"\n";
    const CRATE: &'static str = "somebody-elses";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;

    fn build(options: Options) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        match std::fs::read(&options.file) {
            Ok(_) => Ok(Box::new(FromFile)),
            Err(error) => Err(OptionError::new("file", format!("{}: {error}", options.file.display()))),
        }
    }

    fn relative_to(options: Options, base: &Path) -> Options {
        Options { file: base.join(options.file) }
    }
}

const PLUGIN: Plugin = Plugin::acquire::<FromFile>();

#[test]
fn its_path_is_meant_from_the_directory_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[pools.orders]\nconnector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:7001\"]\n\
                acquire = { kind = \"from-file\", file = \"policies/rules.txt\" }\n";
    let path = folder.path().join("pool.toml");
    std::fs::write(&path, text).expect("a file in a folder of ours");
    let app = App::new().policy(PLUGIN);
    let error = Loader::new(&app).file(&path).load().expect_err("the policy's file is missing");
    let told = error.to_string();
    assert!(told.contains(&folder.path().join("policies/rules.txt").display().to_string()), "{told}");

    std::fs::create_dir(folder.path().join("policies")).expect("a folder in ours");
    std::fs::write(folder.path().join("policies/rules.txt"), "").expect("a file in a folder of ours");
    let config = Loader::new(&app).file(&path).load().expect("its file is there now");
    let pool = &config.pools["orders"];
    assert_eq!(pool.policies(&app.policies).expect("it is made from the same path").acquire.kind, "from-file");
    assert_eq!(pool.acquire.options["file"], "policies/rules.txt", "shown as it was written");
}

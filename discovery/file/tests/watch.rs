//! A file that changes, under a clock that stands still.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use pool_core::{Discovery, Endpoint};
use pool_discovery_file::{FileDiscovery, FileOptions};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

const INTERVAL: Duration = Duration::from_secs(1);

/// Long enough to see that nothing comes: many looks.
const LONG: Duration = Duration::from_secs(60);

struct Watched {
    place: TempDir,
    path: PathBuf,
    source: FileDiscovery,
}

impl Watched {
    /// A file with this name and content, and a source that has given nothing yet.
    fn new(name: &str, content: &str) -> Watched {
        let watched = Watched::missing(name);
        watched.write(content);
        watched
    }

    fn missing(name: &str) -> Watched {
        let place = tempfile::tempdir().expect("a directory");
        let path = place.path().join(name);
        let source = FileDiscovery::new(FileOptions::new(&path).interval(INTERVAL)).expect("good options");
        Watched { place, path, source }
    }

    fn write(&self, content: &str) {
        fs::write(&self.path, content).expect("a file");
    }

    async fn next(&mut self) -> Result<Vec<Endpoint>, String> {
        timeout(LONG, self.source.next()).await.expect("there is news").map_err(|error| error.to_string())
    }

    async fn assert_silent(&mut self) {
        assert!(timeout(LONG, self.source.next()).await.is_err(), "there is no news");
    }
}

fn set(addresses: &[&str]) -> Result<Vec<Endpoint>, String> {
    Ok(addresses.iter().copied().map(Endpoint::new).collect())
}

#[tokio::test(start_paused = true)]
async fn the_first_set_comes_at_once() {
    let mut file = Watched::new("hosts", "a:1 5\nb:1\n");
    let begun = Instant::now();
    assert_eq!(file.next().await, Ok(vec![Endpoint::new("a:1").weight(5), Endpoint::new("b:1")]));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    file.assert_silent().await;
}

#[tokio::test(start_paused = true)]
async fn a_change_comes_within_the_interval() {
    let mut file = Watched::new("hosts.toml", "endpoints = [ { address = 'a:1' } ]");
    assert_eq!(file.next().await, set(&["a:1"]));
    file.write("endpoints = [ { address = 'a:1' }, { address = 'b:1' } ]");
    let begun = Instant::now();
    assert_eq!(file.next().await, set(&["a:1", "b:1"]));
    assert!(begun.elapsed() <= INTERVAL + Duration::from_millis(100), "{:?}", begun.elapsed());
    file.write("endpoints = []");
    assert_eq!(file.next().await, set(&[]));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_keeps_the_size_and_the_time_is_seen() {
    let mut file = Watched::new("hosts", "a:1");
    assert_eq!(file.next().await, set(&["a:1"]));
    let before = fs::metadata(&file.path).expect("a file").modified().expect("a time");
    file.write("b:1");
    let touched = fs::File::options().write(true).open(&file.path).expect("a file");
    touched.set_modified(before).expect("the time is set back");
    assert_eq!(file.next().await, set(&["b:1"]));
}

#[tokio::test(start_paused = true)]
async fn what_changes_no_endpoint_is_no_news() {
    let mut file = Watched::new("hosts", "a:1");
    assert_eq!(file.next().await, set(&["a:1"]));
    file.write("# the only one\n\na:1   1\n");
    file.assert_silent().await;
    file.write("a:1");
    file.assert_silent().await;
}

#[tokio::test(start_paused = true)]
async fn a_mistake_is_told_once_and_the_repair_as_well() {
    let mut file = Watched::new("hosts", "a:1");
    assert_eq!(file.next().await, set(&["a:1"]));
    file.write("a:1\nb:1 heavy");
    let error = file.next().await.expect_err("a mistake");
    assert!(error.starts_with(&format!("{}:2: `heavy`", file.path.display())), "{error}");
    file.assert_silent().await;
    file.write("a:1\nb:1 huge");
    assert!(file.next().await.expect_err("another mistake").contains("`huge`"));
    file.write("a:1");
    assert_eq!(file.next().await, set(&["a:1"]), "the old set again, so that it is known to be over");
    file.assert_silent().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_gone_is_told_of_and_may_come_back() {
    let mut file = Watched::new("hosts", "a:1");
    assert_eq!(file.next().await, set(&["a:1"]));
    fs::remove_file(&file.path).expect("it was there");
    assert!(file.next().await.expect_err("gone").contains("cannot read"));
    file.assert_silent().await;
    fs::create_dir(&file.path).expect("nothing is there");
    assert!(file.next().await.expect_err("a mistake of another cause").contains("cannot read"));
    file.assert_silent().await;
    fs::remove_dir(&file.path).expect("it is there");
    file.write("b:1");
    assert_eq!(file.next().await, set(&["b:1"]));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_never_there_is_named() {
    let mut file = Watched::missing("hosts");
    let begun = Instant::now();
    let error = file.next().await.expect_err("nothing is there");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(error.contains(&file.path.display().to_string()), "{error}");
    file.write("a:1");
    assert_eq!(file.next().await, set(&["a:1"]));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_just_being_written_is_waited_for() {
    let mut file = Watched::new("hosts", "a:1");
    assert_eq!(file.next().await, set(&["a:1"]));
    file.write("");
    let path = file.path.clone();
    let writer = async move {
        tokio::time::sleep(INTERVAL + Duration::from_millis(25)).await;
        fs::write(path, "a:1\nb:1").expect("a file");
    };
    let (news, ()) = tokio::join!(file.next(), writer);
    assert_eq!(news, set(&["a:1", "b:1"]), "not the empty file in between");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_loses_no_change() {
    let mut file = Watched::new("hosts", "a:1");
    drop(file.source.next());
    assert_eq!(file.next().await, set(&["a:1"]));
    file.write("b:1");
    for step in 0..40 {
        // Given up at every moment of the wait, and of the settling after it.
        let patience = Duration::from_millis(step * 30);
        if let Ok(news) = timeout(patience, file.source.next()).await {
            assert_eq!(news.map_err(|error| error.to_string()), set(&["b:1"]));
            return;
        }
    }
    assert_eq!(file.next().await, set(&["b:1"]));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_link_that_is_turned_and_a_file_renamed_into_place_are_seen() {
    let mut file = Watched::missing("hosts");
    let (old, new) = (file.place.path().join("old"), file.place.path().join("new"));
    fs::write(&old, "a:1").expect("a file");
    fs::write(&new, "b:1").expect("a file");
    link(&old, &file.path);
    assert_eq!(file.next().await, set(&["a:1"]));
    link(&new, &file.path);
    assert_eq!(file.next().await, set(&["b:1"]));
    fs::rename(&old, &file.path).expect("one directory");
    assert_eq!(file.next().await, set(&["a:1"]));
}

#[cfg(unix)]
fn link(to: &std::path::Path, from: &std::path::Path) {
    let _ = fs::remove_file(from);
    std::os::unix::fs::symlink(to, from).expect("a link");
}

#[test]
fn options_are_read_and_refused() {
    let parse = |json: serde_json::Value| serde_json::from_value::<FileOptions>(json);
    let options = parse(serde_json::json!({ "path": "hosts" })).expect("enough");
    assert_eq!(options, FileOptions::new("hosts").interval(INTERVAL));
    assert!(parse(serde_json::json!({})).expect_err("no path").to_string().contains("`path`"));
    let unknown = parse(serde_json::json!({ "path": "hosts", "intervall": "1s" })).expect_err("unknown");
    assert!(unknown.to_string().contains("`intervall`"), "{unknown}");

    let refused = |options| FileDiscovery::new(options).expect_err("no sense").to_string();
    assert!(refused(FileOptions::new("")).starts_with("path: "));
    let busy = refused(FileOptions::new("hosts").interval(Duration::from_millis(9)));
    assert!(busy.starts_with("interval: ") && busy.contains("10ms"), "{busy}");
}

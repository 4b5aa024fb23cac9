//! A file that is followed, whatever becomes of it.

use std::path::Path;
use std::time::Duration;

use clearpool::pools::Follower;
use clearpool::{App, Loader, Pools};
use clearpool_servers::serve_holding;

use super::{Ear, limited, max_open, quiet, write};

fn follow(path: &Path) -> (Pools, Ear, Follower) {
    let config = Loader::new(&App::new()).file(path).load().expect("a good file");
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("a good configuration");
    let ear = Ear::default();
    let follower = pools.follow(path, ear.listener());
    (pools, ear, follower)
}

#[tokio::test]
async fn one_that_is_replaced_by_another_is_taken() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, other) = (directory.path().join("pool.toml"), directory.path().join(".pool.toml.new"));
    let address = serve_holding();
    write(&path, &limited(&address, 5));
    let (pools, ear, _follower) = follow(&path);
    for size in [6, 7] {
        write(&other, &limited(&address, size));
        std::fs::rename(&other, &path).expect("the same directory");
        assert_eq!(ear.next_change().await, [format!("orders: limits.max_open {} -> {size}", size - 1)]);
        assert_eq!(max_open(&pools), size);
    }
}

#[tokio::test]
async fn one_that_is_gone_is_told_once_and_taken_when_it_comes_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let address = serve_holding();
    write(&path, &limited(&address, 5));
    let (pools, ear, _follower) = follow(&path);
    std::fs::remove_file(&path).expect("it is there");
    let refusal = ear.next_refusal().await;
    assert!(refusal.contains("cannot be read") && refusal.contains("pool.toml"), "{refusal}");
    ear.silence().await;
    assert_eq!(max_open(&pools), 5, "the last good one stays");
    write(&path, &limited(&address, 8));
    assert_eq!(ear.next_change().await, ["orders: limits.max_open 5 -> 8"]);
}

#[tokio::test]
async fn one_that_comes_back_as_it_was_is_in_force_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let text = limited(&serve_holding(), 5);
    write(&path, &text);
    let (_pools, ear, _follower) = follow(&path);
    std::fs::remove_file(&path).expect("it is there");
    ear.next_refusal().await;
    write(&path, &text);
    assert_eq!(ear.next_change().await, [""; 0]);
}

/// As Kubernetes mounts a ConfigMap: the file is a link through `..data`, and that is turned.
#[cfg(unix)]
#[tokio::test]
async fn one_behind_links_is_taken_when_they_are_turned() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    let address = serve_holding();
    let version = |name: &str, size: u32| {
        std::fs::create_dir(at(name)).expect("a new one");
        write(&at(name).join("pool.toml"), &limited(&address, size));
    };
    version("..2026_1", 5);
    symlink("..2026_1", at("..data")).expect("links");
    symlink("..data/pool.toml", at("pool.toml")).expect("links");
    let (pools, ear, _follower) = follow(&at("pool.toml"));

    version("..2026_2", 6);
    symlink("..2026_2", at("..data_tmp")).expect("links");
    std::fs::rename(at("..data_tmp"), at("..data")).expect("the same directory");
    std::fs::remove_dir_all(at("..2026_1")).expect("it is there");
    assert_eq!(ear.next_change().await, ["orders: limits.max_open 5 -> 6"]);
    assert_eq!(max_open(&pools), 6);
}

#[tokio::test]
async fn one_that_stays_half_written_is_told_once_and_the_last_good_one_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let address = serve_holding();
    write(&path, &limited(&address, 5));
    let (pools, ear, _follower) = follow(&path);
    let whole = limited(&address, 9);
    write(&path, &whole[..whole.len() - 4]);
    let refusal = ear.next_refusal().await;
    assert!(refusal.contains("pool.toml:4:") && refusal.ends_with("nothing was changed"), "{refusal}");
    ear.silence().await;
    assert_eq!(max_open(&pools), 5);
    write(&path, &whole);
    assert_eq!(ear.next_change().await, ["orders: limits.max_open 5 -> 9"]);
}

#[tokio::test]
async fn a_look_that_is_asked_for_is_told_also_if_nothing_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    write(&path, &limited(&serve_holding(), 5));
    let (_pools, ear, follower) = follow(&path);
    follower.look();
    assert_eq!(ear.next_change().await, [""; 0]);
    ear.silence().await;
}

#[tokio::test]
async fn it_is_followed_on_though_who_is_told_panics() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let address = serve_holding();
    write(&path, &limited(&address, 5));
    let config = Loader::new(&App::new()).file(&path).load().expect("a good file");
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("a good configuration");
    let ear = Ear::default();
    let mut listener = ear.listener();
    let _follower = pools.follow(&path, move |told| {
        listener(told);
        // Without the message that a panic prints.
        std::panic::resume_unwind(Box::new("frail"));
    });
    for size in [6, 7] {
        write(&path, &limited(&address, size));
        ear.next_change().await;
        assert_eq!(max_open(&pools), size);
    }
}

#[tokio::test]
async fn one_that_is_written_all_the_time_is_taken_when_somebody_asks() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, other) = (directory.path().join("pool.toml"), directory.path().join(".pool.toml.new"));
    let address = serve_holding();
    write(&path, &limited(&address, 5));
    let (pools, ear, follower) = follow(&path);
    let replaced = path.clone();
    let writer = tokio::spawn(async move {
        for nth in 0.. {
            write(&other, &format!("# {nth}\n{}", limited(&address, 6)));
            std::fs::rename(&other, &replaced).expect("the same directory");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    // By then it is waited for that the file stays as it is.
    tokio::time::sleep(Duration::from_secs(1)).await;
    follower.look();
    assert_eq!(ear.next_change().await, ["orders: limits.max_open 5 -> 6"]);
    assert_eq!(max_open(&pools), 6);
    writer.abort();
}

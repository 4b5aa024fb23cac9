//! SIGHUP reads the file again.

use std::process::Command;

use clearpool::{App, Loader, Pools};
use clearpool_servers::serve_holding;

use super::{Ear, limited, max_open, quiet, write};

fn hang_up() {
    let process = std::process::id().to_string();
    let done = Command::new("kill").args(["-HUP", &process]).status().expect("`kill` is on every unix");
    assert!(done.success());
}

#[tokio::test]
async fn it_is_read_again_at_once_and_told_also_if_nothing_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let address = serve_holding();
    write(&path, &limited(&address, 5));
    let config = Loader::new(&App::new()).file(&path).load().expect("a good file");
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("a good configuration");
    let ear = Ear::default();
    let _follower = pools.follow(&path, ear.listener()).on_hangup().expect("a system with signals");
    hang_up();
    assert_eq!(ear.next_change().await, [""; 0]);

    write(&path, &limited(&address, 0));
    hang_up();
    assert!(ear.next_refusal().await.contains("max_open"), "a mistake is told");
    assert_eq!(max_open(&pools), 5);

    write(&path, &limited(&address, 6));
    hang_up();
    assert_eq!(ear.next_change().await, ["orders: limits.max_open 5 -> 6"]);
    // What the signal has brought is not found once more by looking.
    ear.silence().await;
}

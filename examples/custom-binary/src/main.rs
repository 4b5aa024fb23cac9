//! The command line of Clearpool with a policy of one's own: `check`, `explain`, `list`, `schema`, `trace`, `demo` and all
//! else know it. `cargo run -p custom-binary -- list zone-first`.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    let app = clearpool::App::new().policy(pool_balance_zone_first::PLUGIN);
    clearpool::cli::run(&app, std::env::args_os())
}

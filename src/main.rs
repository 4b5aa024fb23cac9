//! The command line `clearpool`, with the plugins that come with Clearpool.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    clearpool::cli::run(&clearpool::App::new(), std::env::args_os())
}

//! Modules that are missing, broken or hostile: each is refused with a clear error, or overruled while the pool
//! serves on.

mod asking;
mod connections;
mod loading;
mod machine;
mod options;
mod parts;
mod written;

//! What the tests and benchmarks need around the server: a real PostgreSQL, real processes, a wire
//! that loses answers.

pub mod client;
pub mod json_client;
pub mod load_generator;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod smtp;

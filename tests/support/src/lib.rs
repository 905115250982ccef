//! What the tests and benchmarks need around the server: a real PostgreSQL, real processes, a wire
//! that loses answers.

pub mod postgres;
pub mod process;

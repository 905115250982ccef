//! Several nodes on one PostgreSQL, without faults. A separate binary, so that the load of `tests/faults/` does not
//! affect the measured delays.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

#[path = "../faults/helpers.rs"]
#[allow(dead_code, reason = "the fault tests use more of it")]
mod helpers;
mod revocation;
mod successors;

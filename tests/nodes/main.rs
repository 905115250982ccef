//! Several nodes of one PostgreSQL, as processes of their own, while nothing is broken. A binary of its
//! own, so that the noise of `tests/faults/` doesn't count into how soon a node knows something.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

#[path = "../faults/helpers.rs"]
#[allow(dead_code, reason = "the faults need more of it")]
mod helpers;
mod revocation;
mod successors;

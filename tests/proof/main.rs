//! The rotation engine under proof: the real `apply` and `decide`, never a copy of the state table, on
//! one session in memory. `docs/rotation.md` says what follows from it and what doesn't.

#![expect(clippy::unwrap_used, reason = "a proof that meets the unexpected has to fail")]

mod exhaustive;
mod interleavings;
mod limits;
mod model;
mod state;
mod steps;
mod story;
mod tokens;
mod world;

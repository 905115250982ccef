//! Proofs of the rotation engine: the real `apply` and `decide` on one session in memory, without a second copy of the
//! state table. `docs/rotation.md` states what they prove and what they do not.

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

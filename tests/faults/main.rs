//! Faults around the server: killed nodes, broken networks, stopped, full and restored databases. The tests use server
//! processes and real databases. No fault may end the session of an honest client.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

mod disk;
mod helpers;
mod lost_responses;
mod outage;
mod restored;
mod starts;
mod storms;

//! What goes wrong around the server: nodes die, networks break, databases stop, fill up and come back
//! older than they were. Real processes on real databases; nobody honest may be signed out by it.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

mod disk;
mod helpers;
mod lost_answers;
mod outage;
mod restored;
mod starts;
mod storms;

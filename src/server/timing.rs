//! The server's own account of a request: where its time went, and what the engine did. A demo sends it as
//! `Server-Timing` (W3C Server Timing §3), and the lab draws it.

use axum::http::{HeaderValue, StatusCode};
use std::{
    cell::RefCell,
    fmt::Write,
    time::{Duration, Instant},
};

/// What takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Checking a token.
    Verify,
    /// Statements of the database, and waiting for them.
    Db,
    /// Signing an access token.
    Sign,
    /// Hashing a password.
    Hash,
}

impl Part {
    const ALL: [Self; 4] = [Self::Verify, Self::Db, Self::Hash, Self::Sign];

    fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Db => "db",
            Self::Sign => "sign",
            Self::Hash => "hash",
        }
    }
}

tokio::task_local! {
    static TIMING: RefCell<Timing>;
}

/// What one request took.
#[derive(Debug, Default)]
pub struct Timing {
    parts: Vec<(Part, Duration)>,
    stamp: Option<String>,
}

/// Runs the handling of a request, and keeps account of it.
pub async fn keep<T>(handling: impl Future<Output = T>) -> (T, Timing) {
    TIMING
        .scope(RefCell::default(), async {
            let answer = handling.await;
            (answer, TIMING.with(RefCell::take))
        })
        .await
}

/// Counts time that a part took. Outside of a request whose account is kept it does nothing.
pub fn add(part: Part, took: Duration) {
    let _ = TIMING.try_with(|timing| timing.borrow_mut().parts.push((part, took)));
}

/// Waits for work of a part.
pub async fn during<T>(part: Part, work: impl Future<Output = T>) -> T {
    let since = Instant::now();
    let done = work.await;
    add(part, since.elapsed());
    done
}

/// Does work of a part.
pub fn within<T>(part: Part, work: impl FnOnce() -> T) -> T {
    let since = Instant::now();
    let done = work();
    add(part, since.elapsed());
    done
}

/// Says which generation the refresh token of the answer has, and how it came to it.
pub fn record_rotation(generation: u32, how: &'static str) {
    let stamp = format!("{generation} {how}");
    let _ = TIMING.try_with(|timing| timing.borrow_mut().stamp = Some(stamp));
}

impl Timing {
    /// How often a part was counted; for the database, the number of statements.
    pub fn count(&self, part: Part) -> usize {
        self.parts.iter().filter(|(other, _)| *other == part).count()
    }

    /// The header, with durations in milliseconds. `None` for an error response to a request without a
    /// valid token: the time must not reveal whether an account exists.
    pub fn header(&self, status: StatusCode) -> Option<HeaderValue> {
        let is_known = self.parts.iter().any(|(part, _)| *part == Part::Verify);
        if !is_known && !status.is_success() {
            return None;
        }
        let mut text = String::new();
        for part in Part::ALL {
            let of_part = self.parts.iter().filter(|(other, _)| *other == part);
            let took: Duration = of_part.map(|(_, took)| *took).sum();
            if !took.is_zero() {
                let comma = if text.is_empty() { "" } else { ", " };
                let _ = write!(text, "{comma}{};dur={:.3}", part.name(), took.as_secs_f64() * 1e3);
            }
        }
        if let Some(stamp) = &self.stamp {
            let _ = write!(text, ", stamp;desc=\"{stamp}\"");
        }
        HeaderValue::from_str(text.trim_start_matches(", ")).ok().filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_account_adds_up_what_each_part_took() {
        let ((), timing) = keep(async {
            add(Part::Db, Duration::from_micros(1500));
            add(Part::Verify, Duration::from_micros(20));
            add(Part::Db, Duration::from_micros(500));
            record_rotation(4, "rotated");
        })
        .await;
        let header = timing.header(StatusCode::UNAUTHORIZED).unwrap();
        assert_eq!(header, "verify;dur=0.020, db;dur=2.000, stamp;desc=\"4 rotated\"");
    }

    #[tokio::test]
    async fn who_has_shown_no_token_learns_nothing_from_a_failure() {
        let ((), timing) = keep(async { add(Part::Hash, Duration::from_millis(20)) }).await;
        assert_eq!(timing.header(StatusCode::UNAUTHORIZED), None);
        assert_eq!(timing.header(StatusCode::OK).unwrap(), "hash;dur=20.000");
        let (kept, timing) = keep(async { 7 }).await;
        assert_eq!((kept, timing.header(StatusCode::OK)), (7, None));
    }
}

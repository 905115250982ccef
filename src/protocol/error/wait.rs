//! A time to wait, in words.

/// A number of seconds as people say it: seconds up to 90, minutes up to 90, and hours, rounded up.
pub(super) fn in_words(seconds: u32) -> String {
    let (count, unit) = match seconds {
        0..=90 => (seconds.max(1), "second"),
        91..=5400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AppError, ErrorCode};

    #[test]
    fn a_wait_is_rounded_up_to_a_unit_that_people_use() {
        for (seconds, words) in [
            (0, "1 second"),
            (1, "1 second"),
            (32, "32 seconds"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (900, "15 minutes"),
            (3600, "60 minutes"),
            (5401, "2 hours"),
            (u32::MAX, "1193047 hours"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }

    #[test]
    fn an_error_says_how_long_to_wait_unless_it_says_something_more_precise() {
        let says = |error: AppError| error.retry_after(32).detail.into_owned();
        assert_eq!(says(ErrorCode::RateLimited.into()), "Too many tries. Please wait 32 seconds.");
        assert_eq!(
            says(ErrorCode::Unavailable.into()),
            "The server can't answer right now. Please wait 32 seconds."
        );
        assert_eq!(says(AppError::bad_request("Not that.")), "Not that.");
        let precise =
            AppError { detail: "The node stops.".into(), ..ErrorCode::Unavailable.into() };
        assert_eq!(says(precise), "The node stops.");
    }
}

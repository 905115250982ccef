//! Formats durations in words.

/// Formats a number of seconds: as seconds up to 90 seconds, as minutes up to 90 minutes, otherwise as hours, rounded
/// up.
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
    fn a_wait_is_rounded_up_to_a_suitable_unit() {
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
    fn a_wait_counts_down_in_the_detail() {
        let mut error = AppError::new(ErrorCode::RateLimited).retry_after(32);
        error.wait_for(1);
        assert_eq!(error.detail, "Too many attempts. Try again in 1 second.");
        error.wait_for(0);
        assert_eq!((error.detail.as_ref(), error.retry_after), ("You can try again now.", None));
        let precise =
            AppError { detail: "The node stops.".into(), ..ErrorCode::Unavailable.into() };
        let mut precise = precise.retry_after(5);
        precise.wait_for(0);
        assert_eq!((precise.detail.as_ref(), precise.retry_after), ("The node stops.", None));
    }

    #[test]
    fn the_wait_is_added_only_to_the_default_detail() {
        let detail_of = |error: AppError| error.retry_after(32).detail.into_owned();
        assert_eq!(
            detail_of(ErrorCode::RateLimited.into()),
            "Too many attempts. Try again in 32 seconds."
        );
        assert_eq!(
            detail_of(ErrorCode::Unavailable.into()),
            "The server can't answer right now. Try again in 32 seconds."
        );
        assert_eq!(detail_of(AppError::bad_request("Not that.")), "Not that.");
        let precise =
            AppError { detail: "The node stops.".into(), ..ErrorCode::Unavailable.into() };
        assert_eq!(detail_of(precise), "The node stops.");
    }
}

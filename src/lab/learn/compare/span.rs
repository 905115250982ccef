//! Spans of time in words.

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// Formats seconds with the unit that a person would use, rounded.
pub fn span(seconds: u32) -> String {
    let (unit, one, many) = match seconds {
        0..=90 => (1, "1 second", "seconds"),
        91..=5_399 => (MINUTE, "1 minute", "minutes"),
        5_400..=129_599 => (HOUR, "1 hour", "hours"),
        _ => (DAY, "1 day", "days"),
    };
    match seconds.saturating_add(unit / 2) / unit {
        1 => one.to_owned(),
        count => format!("{count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_to_one_unit() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "60 seconds"),
            (91, "2 minutes"),
            (300, "5 minutes"),
            (900, "15 minutes"),
            (901, "15 minutes"),
            (3600, "60 minutes"),
            (7200, "2 hours"),
            (2 * DAY, "2 days"),
            (30 * DAY - 40, "30 days"),
            (u32::MAX, "49710 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}

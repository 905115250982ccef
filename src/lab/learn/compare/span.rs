//! Spans of time in words.

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// Formats seconds with the unit that a person would use, rounded.
pub fn span(seconds: u32) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        MINUTE => "1 minute".to_owned(),
        HOUR => "1 hour".to_owned(),
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", rounded(seconds, MINUTE)),
        7200..172_800 => format!("{} hours", rounded(seconds, HOUR)),
        _ => format!("{} days", rounded(seconds, DAY)),
    }
}

/// Formats seconds for a scale.
pub fn short_span(seconds: u32) -> String {
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", rounded(seconds, MINUTE)),
        HOUR..DAY => format!("{} h", rounded(seconds, HOUR)),
        _ => format!("{} d", rounded(seconds, DAY)),
    }
}

fn rounded(seconds: u32, unit: u32) -> u32 {
    seconds.saturating_add(unit / 2) / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_to_one_unit() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (61, "61 seconds"),
            (120, "2 minutes"),
            (901, "15 minutes"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (DAY - 40, "24 hours"),
            (2 * DAY, "2 days"),
            (30 * DAY - 40, "30 days"),
            (u32::MAX, "49710 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn short_spans_have_one_unit_too() {
        let spans = [3, 60, 900, 3600, DAY, 30 * DAY - 40].map(short_span);
        assert_eq!(spans, ["3 s", "1 min", "15 min", "1 h", "1 d", "30 d"]);
    }
}

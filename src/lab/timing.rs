//! Parses `Server-Timing`: the time a request spent in each part of the server.

/// Durations in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerTiming {
    /// Checking a token.
    pub verify: Option<f64>,
    /// Database statements.
    pub db: Option<f64>,
    /// Hashing a password.
    pub hash: Option<f64>,
    /// Signing an access token.
    pub sign: Option<f64>,
    /// The refresh token of the response: its generation, and `pressed`, `rotated`, `repeated` or `kept`.
    pub refresh_token: Option<(String, String)>,
}

impl ServerTiming {
    /// Parses the header and ignores unknown metrics.
    pub fn parse(header: &str) -> Self {
        let mut timing = Self::default();
        for metric in header.split(',') {
            let mut parts = metric.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                let duration = || value.parse().ok().filter(|took: &f64| took.is_finite());
                match (name, key) {
                    ("verify", "dur") => timing.verify = duration(),
                    ("db", "dur") => timing.db = duration(),
                    ("hash", "dur") => timing.hash = duration(),
                    ("sign", "dur") => timing.sign = duration(),
                    ("stamp", "desc") => {
                        let words = value.trim_matches('"').split_once(' ');
                        timing.refresh_token =
                            words.map(|(generation, how)| (generation.to_owned(), how.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        timing
    }

    /// Whether the response set another refresh token.
    pub fn sets_cookie(&self) -> bool {
        self.refresh_token.as_ref().is_some_and(|(_, how)| how != "kept")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_the_server_are_parsed() {
        let parsed =
            ServerTiming::parse("verify;dur=0.020, db;dur=2.000, stamp;desc=\"4 rotated\"");
        assert_eq!(
            (parsed.verify, parsed.db, parsed.hash, parsed.sign),
            (Some(0.02), Some(2.0), None, None)
        );
        assert!(parsed.sets_cookie());
        assert_eq!(parsed.refresh_token, Some(("4".to_owned(), "rotated".to_owned())));
        assert!(!ServerTiming::parse("stamp;desc=\"4 kept\"").sets_cookie());
    }

    #[test]
    fn unknown_and_malformed_metrics_are_ignored() {
        let nothing = ServerTiming::default();
        for other in [
            "",
            ";;,,==",
            "cache;desc=hit;dur=1",
            "db",
            "db;dur=x",
            "db;dur=NaN",
            "stamp;desc=\"4\"",
        ] {
            assert_eq!(ServerTiming::parse(other), nothing, "{other}");
        }
    }
}

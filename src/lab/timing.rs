//! The server's own account of a request, as it stands in `Server-Timing`.

/// Durations in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerTiming {
    /// Checking a token.
    pub verify: Option<f64>,
    /// Statements of the database.
    pub db: Option<f64>,
    /// Hashing a password.
    pub hash: Option<f64>,
    /// Signing an access token.
    pub sign: Option<f64>,
    /// The generation of the refresh token in the answer, and how it came to it.
    pub stamp: Option<(String, String)>,
}

impl ServerTiming {
    /// Reads the header; what it doesn't know it leaves out.
    pub fn read(header: &str) -> Self {
        let mut timing = Self::default();
        for metric in header.split(',') {
            let mut parts = metric.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                let took = || value.parse().ok().filter(|took: &f64| took.is_finite());
                match (name, key) {
                    ("verify", "dur") => timing.verify = took(),
                    ("db", "dur") => timing.db = took(),
                    ("hash", "dur") => timing.hash = took(),
                    ("sign", "dur") => timing.sign = took(),
                    ("stamp", "desc") => {
                        let words = value.trim_matches('"').split_once(' ');
                        timing.stamp =
                            words.map(|(generation, how)| (generation.to_owned(), how.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        timing
    }

    /// Whether the answer brought another refresh token.
    pub fn sets_cookie(&self) -> bool {
        self.stamp.as_ref().is_some_and(|(_, how)| how != "kept")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_our_server_says_is_read() {
        let read = ServerTiming::read("verify;dur=0.020, db;dur=2.000, stamp;desc=\"4 rotated\"");
        assert_eq!(
            (read.verify, read.db, read.hash, read.sign),
            (Some(0.02), Some(2.0), None, None)
        );
        assert!(read.sets_cookie());
        assert_eq!(read.stamp, Some(("4".to_owned(), "rotated".to_owned())));
        assert!(!ServerTiming::read("stamp;desc=\"4 kept\"").sets_cookie());
    }

    #[test]
    fn what_others_say_is_left_out() {
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
            assert_eq!(ServerTiming::read(other), nothing, "{other}");
        }
    }
}

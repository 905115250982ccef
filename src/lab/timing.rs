//! Parses `Server-Timing`: the time a request spent in each part of the server, and what happened to its tokens.

/// The header of one response. Durations are in milliseconds.
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
    /// The error code, if the access token was refused.
    pub access_token: Option<String>,
    /// What happened to the refresh token.
    pub refresh_token: Option<RefreshTokenReport>,
}

/// A refresh token, and what the server did with it.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshTokenReport {
    /// The generation of the token that was issued, or of the one that was refused or copied.
    pub generation: String,
    /// What the server did.
    pub outcome: RefreshOutcome,
}

/// What the server did with a refresh token.
#[derive(Debug, Clone, PartialEq)]
pub enum RefreshOutcome {
    /// It issued the first token of a session.
    Issued,
    /// It replaced the token.
    Rotated,
    /// It issued the same new token again.
    Repeated,
    /// It kept the token, which was issued a short while ago.
    Kept,
    /// The lab copied it for the attacker.
    Copied,
    /// It refused the token, with this error code.
    Refused(String),
}

impl RefreshOutcome {
    fn parse(word: &str) -> Self {
        match word {
            "pressed" => Self::Issued,
            "rotated" => Self::Rotated,
            "repeated" => Self::Repeated,
            "kept" => Self::Kept,
            "copied" => Self::Copied,
            code => Self::Refused(code.to_owned()),
        }
    }

    /// Whether the response contains another refresh token than the request.
    pub fn replaces(&self) -> bool {
        matches!(self, Self::Issued | Self::Rotated | Self::Repeated)
    }
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
                    ("ticket", "desc") => {
                        timing.access_token = Some(value.trim_matches('"').to_owned());
                    }
                    ("stamp", "desc") => {
                        let words = value.trim_matches('"').split_once(' ');
                        timing.refresh_token = words.map(|(generation, word)| RefreshTokenReport {
                            generation: generation.to_owned(),
                            outcome: RefreshOutcome::parse(word),
                        });
                    }
                    _ => {}
                }
            }
        }
        timing
    }

    /// Returns the outcome of a refresh, if the request was one.
    pub fn outcome(&self) -> Option<&RefreshOutcome> {
        self.refresh_token.as_ref().map(|report| &report.outcome)
    }

    /// Whether the response set another refresh token.
    pub fn sets_cookie(&self) -> bool {
        self.outcome().is_some_and(RefreshOutcome::replaces)
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
        let report =
            RefreshTokenReport { generation: "4".to_owned(), outcome: RefreshOutcome::Rotated };
        assert_eq!(parsed.refresh_token, Some(report));
        assert!(!ServerTiming::parse("stamp;desc=\"4 kept\"").sets_cookie());
        let refused = ServerTiming::parse("stamp;desc=\"3 refresh_token_reused\"");
        let code = "refresh_token_reused".to_owned();
        assert_eq!(refused.outcome(), Some(&RefreshOutcome::Refused(code)));
        assert!(!refused.sets_cookie());
        let expired = ServerTiming::parse("verify;dur=1, ticket;desc=\"access_token_expired\"");
        assert_eq!(expired.access_token.as_deref(), Some("access_token_expired"));
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

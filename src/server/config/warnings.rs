//! Warnings about insecure settings at startup.

use super::Config;
use crate::{db::sqlite_file, public_url};

impl Config {
    /// Logs a warning for each setting that makes the server less secure.
    pub fn log_warnings(&self) {
        if !self.rate_limits {
            tracing::warn!(
                event = "rate_limits_off",
                "HANDSTAMP_RATE_LIMITS is off: the rate of password guesses is not limited"
            );
        }
        if public_url::is_unencrypted(&self.public_url) {
            tracing::warn!(
                event = "plain_http_allowed",
                "HANDSTAMP_ALLOW_HTTP is true: anyone on the network can read passwords and tokens"
            );
        }
        if self.demo && !public_url::is_loopback(&self.public_url) {
            tracing::warn!(
                event = "demo_on_public_url",
                "HANDSTAMP_DEMO is true on a public URL: anyone can create guest accounts and open the lab"
            );
        }
        for file in self.secret_file.iter().chain(&self.database_url.file()) {
            sqlite_file::warn_if_open(file);
        }
    }
}

//! The rows of one request: the request, what the server did for it, and the response.

use crate::lab::{
    flow::What,
    row::{Draft, Lane, Tone, milliseconds},
    timing::ServerTiming,
};
use handstamp_leptos::client::trace::Visibility;
use handstamp_protocol::cookie_names::CookieNames;

/// A request of the client.
pub(super) struct Request {
    pub(super) call: u64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) shows: Visibility,
    pub(super) sent_at: f64,
}

impl Request {
    pub(super) fn sent_row(&self, cookies: Option<&CookieNames>) -> Draft {
        let line = self.line();
        let text = match self.shows {
            Visibility::Nothing => line.clone(),
            Visibility::AccessToken(generation) => format!("{line} with ticket {generation}"),
            Visibility::RefreshToken => format!("{line} with the stamp"),
        };
        let mut details = vec![("Request", line)];
        match (self.shows, cookies) {
            (Visibility::AccessToken(generation), _) => {
                details.push(("Authorization", format!("Bearer ••••• (ticket {generation})")));
            }
            (Visibility::RefreshToken, Some(names)) => {
                let name = &names.refresh;
                let note = "added by the browser; this page's code can't read it";
                details.push(("Cookie", format!("{name}=•••••, {note}")));
            }
            (Visibility::Nothing | Visibility::RefreshToken, _) => {}
        }
        let what = What::of_request(&self.path, self.shows);
        Draft::new((Lane::Browser, Lane::Server), what, self.tone(), text).with_details(details)
    }

    pub(super) fn no_response_row(&self) -> Draft {
        let lanes = (Lane::Server, Lane::Browser);
        Draft::new(lanes, What::Other, Tone::Bad, "No answer".to_owned())
            .with_details(vec![("Request", self.line())])
    }

    pub(super) fn response_row(
        &self,
        at: f64,
        status: u16,
        header: Option<&str>,
        timing: &ServerTiming,
        cookies: Option<&CookieNames>,
    ) -> Draft {
        let took = milliseconds(at - self.sent_at);
        let mut details = vec![
            ("Answer to", self.line()),
            ("Status", status.to_string()),
            ("Took", took.clone()),
        ];
        if let Some(header) = header {
            details.push(("Server-Timing", header.to_owned()));
        }
        if let Some(names) = cookies
            && timing.sets_cookie()
            && self.sets_own_cookie(status)
        {
            let (name, secure) = (&names.refresh, names.secure_attribute());
            let cookie = format!("{name}=•••••; Path=/auth; HttpOnly{secure}; SameSite=Strict");
            details.push(("Set-Cookie", cookie));
        }
        let (what, content) = match What::of_response(&self.path, self.shows, status) {
            What::Refreshed if timing.refresh_token.is_none() => (What::Other, ": no stamp came"),
            what => (what, what.content()),
        };
        let tone = self.tone_of_result(status >= 400);
        let text = format!("{status}{content} · {took}");
        Draft::new((Lane::Server, Lane::Browser), what, tone, text).with_details(details)
    }

    /// Returns the rows for what the server reports that it did before it responded.
    pub(super) fn server_rows(&self, status: u16, timing: &ServerTiming) -> Vec<Draft> {
        let rows = [
            self.check_row(status, timing),
            timing.hash.map(|took| {
                let text = format!("Hashes the password · {}", milliseconds(took));
                Draft::on_server(What::Other, Tone::Plain, text)
            }),
            timing.db.map(|took| {
                let text = format!("Asks the database · {}", milliseconds(took));
                Draft::new((Lane::Server, Lane::Database), What::Other, Tone::Plain, text)
            }),
            timing.refresh_token.as_ref().map(|(generation, how)| {
                let text = self.rotation_text(generation, how);
                Draft::on_server(What::Other, Tone::RefreshToken, text)
            }),
            timing.sign.map(|took| {
                let text = format!("Signs a new ticket · {}", milliseconds(took));
                Draft::on_server(What::Other, Tone::Good, text)
            }),
        ];
        rows.into_iter().flatten().collect()
    }

    /// Returns the row for the check of the token. Without a `verify` metric no token was checked: none was sent, or a
    /// proxy responded instead of the server.
    fn check_row(&self, status: u16, timing: &ServerTiming) -> Option<Draft> {
        let took = milliseconds(timing.verify?);
        let is_refused = matches!(status, 401 | 403);
        let (what, text) = match (self.shows, is_refused) {
            (Visibility::Nothing, _) => return None,
            (Visibility::AccessToken(generation), false) => {
                (What::CheckedGood, format!("Checks ticket {generation}: good · {took}"))
            }
            (Visibility::AccessToken(generation), true) => {
                (What::CheckedBad, format!("Checks ticket {generation}: no longer good · {took}"))
            }
            (Visibility::RefreshToken, false) => {
                (What::RefreshTokenChecked, format!("Checks the stamp: genuine · {took}"))
            }
            (Visibility::RefreshToken, true) => {
                (What::RefreshTokenChecked, format!("Checks the stamp: refused · {took}"))
            }
        };
        Some(Draft::on_server(what, self.tone_of_result(is_refused), text))
    }

    fn rotation_text(&self, generation: &str, how: &str) -> String {
        let text = match how {
            "pressed" => format!("Presses a stamp: generation {generation}"),
            "rotated" => format!("Re-inks the stamp: generation {generation}"),
            "repeated" => {
                format!("Gives generation {generation} out again: its first answer may be lost")
            }
            _ => format!("Leaves the stamp at generation {generation}, which is young"),
        };
        let is_thief = self.path == "/auth/lab/strike";
        if is_thief { format!("For the thief: {text}") } else { text }
    }

    /// Whether the refresh token that the server reports was sent to this browser.
    pub(super) fn sets_own_cookie(&self, status: u16) -> bool {
        status < 400 && !self.is_of_lab()
    }

    fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn tone(&self) -> Tone {
        match self.shows {
            _ if self.is_of_lab() => Tone::Lab,
            Visibility::RefreshToken => Tone::RefreshToken,
            _ => Tone::Plain,
        }
    }

    fn tone_of_result(&self, is_refused: bool) -> Tone {
        if is_refused { Tone::Bad } else { self.tone().or(Tone::Good) }
    }

    fn is_of_lab(&self) -> bool {
        self.path.starts_with("/auth/lab/")
    }
}

//! The rows of one request: the request, what the server did for it, and the response.

use super::lab_request::LabRequest;
use crate::lab::{
    flow::What,
    row::{Cargo, Change, Draft, Lane, Tone, milliseconds},
    timing::{RefreshOutcome, RefreshTokenReport, ServerTiming},
};
use handstamp_leptos::client::trace::Visibility;
use handstamp_protocol::cookie_names::CookieNames;

/// A request of the client.
pub(super) struct Request {
    pub(super) call: u64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) shows: Visibility,
    /// The access token of the request as the diagram names it.
    pub(super) ticket: String,
    /// Whether the page does not know if the browser has a refresh token, as at its start.
    pub(super) may_lack_stamp: bool,
    pub(super) sent_at: f64,
}

impl Request {
    /// Returns the function of the lab that this request calls, if any.
    fn of_lab(&self) -> Option<LabRequest> {
        LabRequest::of_path(&self.path)
    }

    /// Returns the client that sends it in the diagram.
    fn client(&self) -> Lane {
        self.of_lab().map_or(Lane::Browser, LabRequest::client)
    }

    /// Returns the row of the request, or none if the lab draws only its result.
    pub(super) fn sent_row(&self, cookies: Option<&CookieNames>) -> Option<Draft> {
        let line = self.line();
        let text = match (self.of_lab(), self.shows) {
            (Some(LabRequest::CopyToken), _) => return None,
            (Some(LabRequest::RefreshWithCopy), _) => {
                "POST /auth/refresh with the copied stamp".to_owned()
            }
            (Some(of_lab), _) if of_lab.purpose().is_some() => {
                of_lab.purpose().unwrap_or_default().to_owned()
            }
            (_, Visibility::Nothing) => line.clone(),
            (_, Visibility::AccessToken(_)) => format!("{line} with {}", self.ticket),
            (_, Visibility::RefreshToken) if self.may_lack_stamp => {
                format!("{line} with the stamp, if there is one")
            }
            (_, Visibility::RefreshToken) => format!("{line} with the stamp"),
        };
        let mut details = vec![("Request", line)];
        if let Some(note) = self.of_lab().and_then(LabRequest::note) {
            details.push(("Lab", note.to_owned()));
        }
        match (self.shows, cookies) {
            (Visibility::AccessToken(_), _) => {
                details.push(("Authorization", format!("Bearer ••••• ({})", self.ticket)));
            }
            (Visibility::RefreshToken, Some(names)) => {
                let name = &names.refresh;
                let note = "added by the browser; this page's code can't read it";
                details.push(("Cookie", format!("{name}=•••••, {note}")));
            }
            (Visibility::Nothing | Visibility::RefreshToken, _) => {}
        }
        let cargo = match (self.client(), self.shows) {
            (Lane::Thief, _) | (_, Visibility::RefreshToken) => Cargo::Stamp,
            (Lane::Browser, Visibility::AccessToken(_)) => Cargo::Ticket,
            _ => Cargo::Nothing,
        };
        let what = What::of_request(&self.path, self.shows);
        let lanes = (self.client(), Lane::Server);
        Some(Draft::new(lanes, what, self.tone(), text).with_details(details).carrying(cargo))
    }

    pub(super) fn no_response_row(&self) -> Draft {
        let text = format!("No response to {}", self.line());
        Draft::in_browser(What::Other, Tone::Bad, text).with_details(vec![("Request", self.line())])
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
            ("Response to", self.line()),
            ("Status", status.to_string()),
            ("Took", took.clone()),
        ];
        if let Some(header) = header {
            details.push(("Server-Timing", header.to_owned()));
        }
        let sets_cookie = status < 400 && timing.sets_cookie() && self.stores_stamp(timing);
        if let Some(names) = cookies.filter(|_| sets_cookie) {
            let (name, secure) = (&names.refresh, names.secure_attribute());
            let cookie = format!("{name}=•••••; Path=/auth; HttpOnly{secure}; SameSite=Strict");
            details.push(("Set-Cookie", cookie));
        }
        let row = match self.of_lab() {
            Some(of_lab) => of_lab.response_row(status, timing),
            None => self.plain_response_row(status, timing),
        };
        let row = match &timing.refresh_token {
            Some(report) if status < 400 && self.stores_stamp(timing) => {
                row.changing([Change::Stamp(report.generation.clone())])
            }
            _ => row,
        };
        let text = format!("{} · {took}", row.text);
        Draft { text, ..row }.with_details(details)
    }

    fn plain_response_row(&self, status: u16, timing: &ServerTiming) -> Draft {
        let lanes = (Lane::Server, Lane::Browser);
        let what = What::of_response(&self.path, self.shows, status);
        let (what, content, cargo) = match what {
            What::Refreshed if timing.refresh_token.is_none() => {
                (What::Other, ": no stamp came", Cargo::Nothing)
            }
            What::Refreshed if timing.sets_cookie() => {
                (what, ": a new ticket and a new stamp", Cargo::Both)
            }
            What::Refreshed => (what, ": a new ticket", Cargo::Ticket),
            What::LoggedIn => (what, ": a ticket and a stamp", Cargo::Both),
            What::Data => (what, ": the data", Cargo::Data),
            What::Refused => (what, ": refused", Cargo::Refusal),
            _ if status >= 400 => (what, "", Cargo::Refusal),
            _ => (what, ": done", Cargo::Nothing),
        };
        let tone = self.tone_of_result(status >= 400);
        let row = Draft::new(lanes, what, tone, format!("{status}{content}")).carrying(cargo);
        let has_ended = status < 400 && self.path.ends_with("/log_out");
        row.changing(has_ended.then_some(Change::Ended))
    }

    /// Returns the rows for what the server reports that it did before it responded.
    pub(super) fn server_rows(&self, status: u16, timing: &ServerTiming) -> Vec<Draft> {
        let mut rows = Vec::new();
        rows.extend(self.check_row(status, timing));
        if let Some(took) = timing.hash {
            let text = format!("Hashes the password · {}", milliseconds(took));
            rows.push(Draft::on_server(What::Other, Tone::Plain, text));
        }
        if let Some(took) = timing.db {
            let (question, answer) = self.database_texts(timing);
            let lanes = (Lane::Server, Lane::Database);
            rows.push(Draft::new(lanes, What::Other, Tone::Plain, question.to_owned()));
            let lanes = (Lane::Database, Lane::Server);
            let text = format!("{answer} · {}", milliseconds(took));
            rows.push(Draft::new(lanes, What::Other, Tone::Plain, text).carrying(Cargo::Data));
        }
        rows.extend(timing.refresh_token.as_ref().and_then(|report| self.outcome_row(report)));
        if let Some(took) = timing.sign {
            let text = format!("Signs a new ticket · {}", milliseconds(took));
            rows.push(Draft::on_server(What::Other, Tone::Good, text));
        }
        rows
    }

    fn database_texts(&self, timing: &ServerTiming) -> (&'static str, &'static str) {
        match timing.outcome() {
            Some(RefreshOutcome::Issued) => ("Stores the session", "Stored"),
            Some(_) => ("Looks up the session of the stamp", "The session"),
            None if self.path.starts_with("/api/") => ("Asks for the data", "The data"),
            None => ("Asks the database", "The result"),
        }
    }

    /// Returns the row for the check of the token. Without a `verify` metric no token was checked: none was sent, or a
    /// proxy responded instead of the server.
    fn check_row(&self, status: u16, timing: &ServerTiming) -> Option<Draft> {
        let took = milliseconds(timing.verify?);
        let is_refused = matches!(status, 401 | 403);
        let ticket = &self.ticket;
        match self.shows {
            Visibility::Nothing => None,
            Visibility::AccessToken(_) if is_refused => {
                let (short, why) = refusal(timing.access_token.as_deref());
                let text = format!("Checks {ticket}: {why} · {took}");
                let row = Draft::on_server(What::CheckedBad, Tone::Bad, text);
                Some(row.changing([Change::TicketRefused(short)]))
            }
            Visibility::AccessToken(_) => {
                let text = format!("Checks {ticket}: valid · {took}");
                let tone = self.tone_of_result(false);
                Some(Draft::on_server(What::CheckedGood, tone, text))
            }
            // The signature says that the server issued it; the database knows whether it is the newest one.
            Visibility::RefreshToken if timing.refresh_token.is_some() => {
                let text = format!("Checks the signature of the stamp: genuine · {took}");
                Some(Draft::on_server(What::Other, self.tone_of_result(false), text))
            }
            Visibility::RefreshToken => {
                let text = format!("Checks the signature of the stamp: refused · {took}");
                Some(Draft::on_server(What::RefreshTokenChecked, Tone::Bad, text))
            }
        }
    }

    /// Returns the row for what the server did with the refresh token.
    fn outcome_row(&self, report: &RefreshTokenReport) -> Option<Draft> {
        let RefreshTokenReport { generation, outcome } = report;
        let newest = Change::Newest(generation.clone());
        let (tone, text, change) = match outcome {
            RefreshOutcome::Copied => return None,
            RefreshOutcome::Issued => {
                (Tone::RefreshToken, format!("Issues stamp #{generation}"), newest)
            }
            RefreshOutcome::Rotated => {
                let previous = generation.parse::<u64>().unwrap_or_default().saturating_sub(1);
                let text = format!("Replaces stamp #{previous} by #{generation}");
                (Tone::RefreshToken, text, newest)
            }
            RefreshOutcome::Repeated => {
                let text = format!(
                    "Sends stamp #{generation} again: the first response may have been lost"
                );
                (Tone::RefreshToken, text, newest)
            }
            RefreshOutcome::Kept => {
                let text = format!("Keeps stamp #{generation}, which was issued moments ago");
                (Tone::RefreshToken, text, newest)
            }
            RefreshOutcome::Refused(code) => {
                let text = match code.as_str() {
                    "refresh_token_reused" => format!(
                        "Stamp #{generation} was used before: two clients hold this session. Ends the session"
                    ),
                    "session_expired" => "The session has expired".to_owned(),
                    "session_revoked" => "The session was ended".to_owned(),
                    code => format!("Refuses stamp #{generation}: {code}"),
                };
                let has_ended = ["refresh_token_reused", "session_expired", "session_revoked"];
                let change =
                    if has_ended.contains(&code.as_str()) { Change::Ended } else { newest };
                (Tone::Bad, text, change)
            }
        };
        Some(Draft::on_server(What::RefreshTokenChecked, tone, text).changing([change]))
    }

    /// Whether this browser has the refresh token that a successful response reports.
    pub(super) fn stores_stamp(&self, timing: &ServerTiming) -> bool {
        let is_issued = timing.sets_cookie() || timing.outcome() == Some(&RefreshOutcome::Kept);
        is_issued && self.of_lab().is_none()
    }

    fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn tone(&self) -> Tone {
        match (self.of_lab(), self.shows) {
            (Some(LabRequest::RefreshWithCopy | LabRequest::EndSession), _) => Tone::Bad,
            (Some(LabRequest::LoseRefresh), _) => Tone::RefreshToken,
            (Some(_), _) => Tone::Lab,
            (None, Visibility::RefreshToken) => Tone::RefreshToken,
            (None, _) => Tone::Plain,
        }
    }

    fn tone_of_result(&self, is_refused: bool) -> Tone {
        if is_refused { Tone::Bad } else { self.tone().or(Tone::Good) }
    }
}

/// Returns why an access token was refused, in short and as a phrase.
fn refusal(code: Option<&str>) -> (&'static str, &'static str) {
    match code {
        Some("access_token_expired") => ("expired", "expired"),
        Some("session_revoked") => ("session ended", "its session was ended"),
        Some("access_token_invalid") => ("invalid", "invalid"),
        _ => ("refused", "refused"),
    }
}

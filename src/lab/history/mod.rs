//! Turns the client's trace, joined with the `Server-Timing` of each response, into the rows of a sequence diagram.

mod request;

use super::{
    flow::{FLOW, What},
    row::{Draft, Row, Tone},
    timing::ServerTiming,
};
use crate::ui::session_notice::reason_sentence;
use handstamp_leptos::client::trace::{Entry, Event};
use handstamp_protocol::cookie_names::CookieNames;
use request::Request;
use std::collections::VecDeque;

/// When there are more rows, the oldest are dropped.
pub const MAX_ROWS: usize = 2000;

/// When more requests wait for a response, the oldest are dropped.
const MAX_PENDING: usize = 100;

/// The rows, oldest first.
#[derive(Default)]
pub struct History {
    rows: VecDeque<Row>,
    pending: VecDeque<Request>,
    total_rows: u64,
    refresh_token: Option<RefreshTokenState>,
    followed: Option<usize>,
    has_begun: bool,
    cookies: Option<CookieNames>,
}

/// The last state of the refresh token that the server reported.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshTokenState {
    /// The number of its rotations.
    pub generation: String,
    /// The result of that request: `pressed`, `rotated`, `repeated` or `kept`.
    pub how: String,
    /// When the report arrived, in milliseconds of the monotonic clock.
    pub reported_at: f64,
}

impl History {
    /// The rows, oldest first.
    pub fn rows(&self) -> &VecDeque<Row> {
        &self.rows
    }

    /// The number of rows that were ever added.
    pub fn total_rows(&self) -> u64 {
        self.total_rows
    }

    /// The refresh token; `None` until the server has reported on it in this page.
    pub fn refresh_token(&self) -> Option<&RefreshTokenState> {
        self.refresh_token.as_ref()
    }

    /// Whether this client has ever held an access token.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Sets the names of the cookies, which depend on the origin of the page. Call it before rows are added.
    pub fn set_cookie_names(&mut self, names: CookieNames) {
        self.cookies = Some(names);
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Starts to number the steps of the flow, of which `followed` are done: the next row that matches the next step
    /// gets its number. `None` stops that.
    pub fn follow(&mut self, followed: Option<usize>) {
        self.followed = followed;
    }

    /// The number of steps that were found.
    pub fn followed(&self) -> usize {
        self.followed.unwrap_or_default()
    }

    /// Adds the rows for one entry of the client's trace.
    pub fn add(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::Sent { call, method, path, shows } => {
                let request = Request {
                    call: *call,
                    method: method.clone(),
                    path: path.clone(),
                    shows: *shows,
                    sent_at: at,
                };
                self.push(at, request.sent_row(self.cookies.as_ref()));
                if self.pending.len() == MAX_PENDING {
                    self.pending.pop_front();
                }
                self.pending.push_back(request);
            }
            Event::Answered { call, status, server } => {
                let place = self.pending.iter().position(|request| request.call == *call);
                if let Some(request) = place.and_then(|place| self.pending.remove(place)) {
                    self.add_response(at, &request, *status, server.as_deref());
                }
            }
            Event::TokenRefused { path, status } => {
                let text = format!(
                    "The interceptor catches the {status}; the caller of {path} notices nothing"
                );
                self.push(at, Draft::in_browser(What::Caught, Tone::Bad, text));
            }
            Event::RefreshJoined => {
                let text = "Waits for the refresh that is under way";
                self.push(at, Draft::in_browser(What::Other, Tone::Plain, text));
            }
            Event::TokenReplaced { generation } => {
                self.has_begun = true;
                let text =
                    format!("Holds ticket {generation} in memory, in the place of any other");
                self.push(at, Draft::in_browser(What::Stored, Tone::Good, text));
            }
            Event::TokenReceived { generation } => {
                self.has_begun = true;
                self.refresh_token = None;
                let text = format!("Another tab brought ticket {generation}");
                self.push(at, Draft::in_browser(What::Other, Tone::Good, text));
            }
            Event::Retried { path } => {
                let text = format!("Sends the request to {path} once more");
                self.push(at, Draft::in_browser(What::Other, Tone::Plain, text));
            }
            Event::LoggedOut { reason } => {
                self.refresh_token = None;
                let (tone, text) = match reason_sentence(*reason) {
                    "" => (Tone::Plain, "Logged out".to_owned()),
                    reason => (Tone::Bad, format!("Forgets the session. {reason}")),
                };
                self.push(at, Draft::in_browser(What::Other, tone, text));
            }
        }
    }

    /// Adds what the server did for the request, and then the response. Status 0 means that no response came.
    fn add_response(&mut self, at: f64, request: &Request, status: u16, header: Option<&str>) {
        if status == 0 {
            return self.push(at, request.no_response_row());
        }
        let timing = header.map(ServerTiming::parse).unwrap_or_default();
        self.update_refresh_token(at, request, status, &timing);
        for row in request.server_rows(status, &timing) {
            self.push(at, row);
        }
        let row = request.response_row(at, status, header, &timing, self.cookies.as_ref());
        self.push(at, row);
    }

    fn update_refresh_token(
        &mut self,
        at: f64,
        request: &Request,
        status: u16,
        timing: &ServerTiming,
    ) {
        let Some((generation, how)) = &timing.refresh_token else { return };
        let is_news = how != "kept" || self.refresh_token.is_none();
        if is_news && request.sets_own_cookie(status) {
            let (generation, how) = (generation.clone(), how.clone());
            self.refresh_token = Some(RefreshTokenState { generation, how, reported_at: at });
        }
    }

    fn push(&mut self, at: f64, draft: Draft) {
        let Draft { lanes: (from, to), what, tone, text, details } = draft;
        self.total_rows += 1;
        if self.rows.len() == MAX_ROWS {
            self.rows.pop_front();
        }
        let step = self.next_step(what);
        if step.is_some() {
            self.followed = step;
        }
        self.rows.push_back(Row {
            id: self.total_rows,
            at,
            from,
            to,
            what,
            step,
            tone,
            text,
            details,
        });
    }

    /// Returns the number of the next step of the flow if a row of this kind is that step.
    fn next_step(&self, what: What) -> Option<usize> {
        let done = self.followed?;
        (FLOW.get(done)?.what == what).then_some(done + 1)
    }
}

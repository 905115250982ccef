//! Turns the client's trace, joined with the `Server-Timing` of each response, into the rows of a sequence diagram.

mod lab_request;
mod request;

use super::{
    flow::{FLOW, What},
    row::{Change, Draft, Holdings, Row, Tone},
    timing::{RefreshTokenReport, ServerTiming},
};
use crate::ui::session_notice::reason_sentence;
use handstamp_leptos::client::trace::{Entry, Event, Visibility};
use handstamp_protocol::cookie_names::CookieNames;
use request::Request;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// When there are more rows, the oldest are dropped.
pub const MAX_ROWS: usize = 2000;

/// When there are more names of access tokens, the oldest are dropped.
const MAX_NAMES: usize = 1000;

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
    /// The names of the access tokens by their generation in this client.
    tickets: HashMap<u64, String>,
    holdings: Arc<Holdings>,
}

/// The last state of the refresh token that the server reported.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshTokenState {
    /// What the server did with it.
    pub report: RefreshTokenReport,
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

    /// Names an access token by its generation in this client. The name is the same in all tabs.
    pub fn name_ticket(&mut self, generation: u64, name: String) {
        self.tickets.insert(generation, name);
        if self.tickets.len() > MAX_NAMES {
            let oldest = generation.saturating_sub(MAX_NAMES as u64);
            self.tickets.retain(|known, _| *known > oldest);
        }
    }

    /// Returns the names of the access tokens by their generation.
    pub fn ticket_names(&self) -> &HashMap<u64, String> {
        &self.tickets
    }

    /// Returns an access token as the diagram names it.
    fn ticket(&self, generation: u64) -> String {
        let name = self.tickets.get(&generation);
        name.map_or_else(|| "an earlier ticket".to_owned(), |name| format!("ticket {name}"))
    }

    /// Returns who holds what now.
    pub fn holdings(&self) -> Arc<Holdings> {
        Arc::clone(&self.holdings)
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
                let ticket = self.ticket_of(*shows);
                let (method, path) = (method.clone(), path.clone());
                self.add_request(Request {
                    call: *call,
                    method,
                    path,
                    shows: *shows,
                    ticket,
                    may_lack_stamp: self.holdings.stamp.is_none() && self.holdings.ticket.is_none(),
                    sent_at: at,
                });
            }
            Event::Answered { call, status, server } => {
                let place = self.pending.iter().position(|request| request.call == *call);
                if let Some(request) = place.and_then(|place| self.pending.remove(place)) {
                    self.add_response(at, &request, *status, server.as_deref());
                }
            }
            Event::TokenRefused { path, status } => {
                let text = format!("The interceptor catches the {status} of {path}");
                self.push(at, Draft::in_browser(What::Caught, Tone::Bad, text));
            }
            Event::RefreshJoined => {
                let text = "Waits for the refresh that is running";
                self.push(at, Draft::in_browser(What::Other, Tone::Plain, text));
            }
            Event::TokenReplaced { generation } => {
                self.has_begun = true;
                let change = self.ticket_change(*generation);
                let text = format!("Stores {} in memory", self.ticket(*generation));
                let row = Draft::in_browser(What::Stored, Tone::Good, text);
                self.push(at, row.changing([change]));
            }
            Event::TokenReceived { generation } => {
                self.has_begun = true;
                self.refresh_token = None;
                let change = self.ticket_change(*generation);
                let text = format!("Another tab sends {}", self.ticket(*generation));
                let row = Draft::in_browser(What::Other, Tone::Good, text);
                self.push(at, row.changing([change]));
            }
            Event::Retried { path } => {
                let text = format!("Sends the request to {path} again");
                self.push(at, Draft::in_browser(What::Other, Tone::Plain, text));
            }
            Event::LoggedOut { reason } => {
                self.refresh_token = None;
                let (tone, text) = match reason_sentence(*reason) {
                    "" => (Tone::Plain, "Logged out".to_owned()),
                    reason => (Tone::Bad, format!("Deletes its tokens. {reason}")),
                };
                let row = Draft::in_browser(What::Other, tone, text);
                self.push(at, row.changing([Change::Cleared]));
            }
        }
    }

    /// Adds a request, which waits for its response.
    fn add_request(&mut self, request: Request) {
        if let Some(row) = request.sent_row(self.cookies.as_ref()) {
            self.push(request.sent_at, row);
        }
        if self.pending.len() == MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(request);
    }

    /// Adds what the server did for the request, and then the response. Status 0 means that no response came.
    fn add_response(&mut self, at: f64, request: &Request, status: u16, header: Option<&str>) {
        if status == 0 {
            return self.push(at, request.no_response_row());
        }
        let timing = header.map(ServerTiming::parse).unwrap_or_default();
        if status < 400 {
            self.update_refresh_token(at, request, &timing);
        }
        for row in request.server_rows(status, &timing) {
            self.push(at, row);
        }
        let row = request.response_row(at, status, header, &timing, self.cookies.as_ref());
        self.push(at, row);
    }

    fn ticket_of(&self, shows: Visibility) -> String {
        match shows {
            Visibility::AccessToken(generation) => self.ticket(generation),
            Visibility::Nothing | Visibility::RefreshToken => String::new(),
        }
    }

    fn ticket_change(&self, generation: u64) -> Change {
        Change::Ticket(self.tickets.get(&generation).cloned().unwrap_or_default())
    }

    fn update_refresh_token(&mut self, at: f64, request: &Request, timing: &ServerTiming) {
        let Some(report) = &timing.refresh_token else { return };
        let is_news = report.outcome.replaces() || self.refresh_token.is_none();
        if is_news && request.stores_stamp(timing) {
            self.refresh_token =
                Some(RefreshTokenState { report: report.clone(), reported_at: at });
        }
    }

    fn push(&mut self, at: f64, draft: Draft) {
        let Draft { lanes: (from, to), is_lost, cargo, what, tone, text, details, changes } = draft;
        for change in changes {
            Arc::make_mut(&mut self.holdings).apply(change);
        }
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
            is_lost,
            cargo,
            what,
            step,
            tone,
            text,
            details,
            holdings: Arc::clone(&self.holdings),
        });
    }

    /// Returns the number of the next step of the flow if a row of this kind is that step.
    fn next_step(&self, what: What) -> Option<usize> {
        let done = self.followed?;
        (FLOW.get(done)?.what == what).then_some(done + 1)
    }
}

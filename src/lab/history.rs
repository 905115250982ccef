//! What happened, as the rows of a sequence diagram: the steps of the client, joined with the server's own
//! account of each request.

use super::{
    flow::{FLOW, What},
    row::{Lane, Row, Tone, milliseconds},
    timing::ServerTiming,
};
use crate::{
    auth::{
        client::trace::{Event, Noted, Shows},
        cookie_names::CookieNames,
    },
    ui::session_notice::reason_sentence,
};
use std::collections::VecDeque;

/// How many rows are kept; the oldest go first.
pub const KEPT: usize = 2000;

/// How many requests may wait for their answer; of any more, the oldest is forgotten.
const MOST_PENDING: usize = 100;

/// A request that waits for its answer.
struct Pending {
    call: u64,
    method: String,
    path: String,
    shows: Shows,
    at: f64,
}

/// The rows, oldest first.
#[derive(Default)]
pub struct History {
    rows: VecDeque<Row>,
    pending: VecDeque<Pending>,
    made: u64,
    stamp: Option<Stamp>,
    followed: Option<usize>,
    has_begun: bool,
    cookies: Option<CookieNames>,
}

/// The refresh token, as far as the server has told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// How often it was rotated.
    pub generation: String,
    /// How it came to that: `pressed`, `rotated`, `repeated` or `kept`.
    pub how: String,
    /// When the server told, in milliseconds of the monotonic clock.
    pub inked_at: f64,
}

impl History {
    /// The rows, oldest first.
    pub fn rows(&self) -> &VecDeque<Row> {
        &self.rows
    }

    /// How many rows there have ever been.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// The refresh token, where the server has told of it in this page.
    pub fn stamp(&self) -> Option<&Stamp> {
        self.stamp.as_ref()
    }

    /// Whether anybody has been logged in.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Sets the names of the cookies, which only the browser knows. Rows are added after that.
    pub fn name_cookies(&mut self, names: CookieNames) {
        self.cookies = Some(names);
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Follows the flow after so many steps of it: the next row that is the next step gets its number. With
    /// nothing, it stops.
    pub fn follow(&mut self, followed: Option<usize>) {
        self.followed = followed;
    }

    /// How many steps of the flow were seen.
    pub fn followed(&self) -> usize {
        self.followed.unwrap_or_default()
    }

    /// Adds what a step of the client looks like.
    pub fn add(&mut self, noted: &Noted) {
        let at = noted.at;
        match &noted.event {
            Event::Sent { call, method, path, shows } => {
                let pending = Pending {
                    call: *call,
                    method: method.clone(),
                    path: path.clone(),
                    shows: *shows,
                    at,
                };
                self.send(at, &pending);
                if self.pending.len() == MOST_PENDING {
                    self.pending.pop_front();
                }
                self.pending.push_back(pending);
            }
            Event::Answered { call, status, server } => {
                let place = self.pending.iter().position(|pending| pending.call == *call);
                if let Some(pending) = place.and_then(|place| self.pending.remove(place)) {
                    self.answer(at, &pending, *status, server.as_deref());
                }
            }
            Event::TokenRefused { path, status } => {
                let text = format!(
                    "The interceptor catches the {status}; the caller of {path} notices nothing"
                );
                self.note(at, What::Caught, Tone::Bad, text);
            }
            Event::RefreshJoined => {
                let text = "Waits for the refresh that is under way".to_owned();
                self.note(at, What::Other, Tone::Plain, text);
            }
            Event::TokenReplaced { generation } => {
                self.has_begun = true;
                let text =
                    format!("Holds ticket {generation} in memory, in the place of any other");
                self.note(at, What::Stored, Tone::Good, text);
            }
            Event::TokenReceived { generation } => {
                self.has_begun = true;
                self.stamp = None;
                let text = format!("Another tab brought ticket {generation}");
                self.note(at, What::Other, Tone::Good, text);
            }
            Event::Retried { path } => {
                let text = format!("Sends the request to {path} once more");
                self.note(at, What::Other, Tone::Plain, text);
            }
            Event::SignedOut { reason } => {
                self.stamp = None;
                let (tone, text) = match reason_sentence(*reason) {
                    "" => (Tone::Plain, "Nobody is logged in here".to_owned()),
                    why => (Tone::Bad, format!("Forgets the session. {why}")),
                };
                self.note(at, What::Other, tone, text);
            }
        }
    }

    fn note(&mut self, at: f64, what: What, tone: Tone, text: String) {
        self.push(at, (Lane::Browser, Lane::Browser), what, tone, text, Vec::new());
    }

    fn send(&mut self, at: f64, request: &Pending) {
        let Pending { method, path, shows, .. } = request;
        let carried = match shows {
            Shows::Nothing => String::new(),
            Shows::AccessToken(generation) => format!(" with ticket {generation}"),
            Shows::RefreshToken => " with the stamp".to_owned(),
        };
        let mut details = vec![("Request", format!("{method} {path}"))];
        match shows {
            Shows::Nothing => {}
            Shows::AccessToken(generation) => {
                details.push(("Authorization", format!("Bearer ••••• (ticket {generation})")));
            }
            Shows::RefreshToken => details.extend(self.cookies.as_ref().map(|names| {
                let name = &names.refresh;
                let text = "added by the browser; this page's code can't read it";
                ("Cookie", format!("{name}=•••••, {text}"))
            })),
        }
        let text = format!("{method} {path}{carried}");
        let lanes = (Lane::Browser, Lane::Server);
        self.push(at, lanes, What::of_request(path, *shows), request.tone(), text, details);
    }

    fn answer(&mut self, at: f64, request: &Pending, status: u16, server: Option<&str>) {
        let lanes = (Lane::Server, Lane::Browser);
        if status == 0 {
            let details = vec![("Request", format!("{} {}", request.method, request.path))];
            let text = "No answer".to_owned();
            return self.push(at, lanes, What::Other, Tone::Bad, text, details);
        }
        let timing = server.map(ServerTiming::read).unwrap_or_default();
        self.account(at, request, status, &timing);
        let is_refused = status >= 400;
        let tone = if is_refused { Tone::Bad } else { request.tone().or(Tone::Good) };
        let mut details = vec![
            ("Answer to", format!("{} {}", request.method, request.path)),
            ("Status", status.to_string()),
            ("Took", milliseconds(at - request.at)),
        ];
        if let Some(server) = server {
            details.push(("Server-Timing", server.to_owned()));
        }
        if timing.sets_cookie() && request.is_answered_with_ours(status) {
            details.extend(self.cookies.as_ref().map(|names| {
                let (name, secure) = (&names.refresh, names.secure_attribute());
                let text = format!("{name}=•••••; Path=/auth; HttpOnly{secure}; SameSite=Strict");
                ("Set-Cookie", text)
            }));
        }
        let (what, brings) = match What::of_answer(&request.path, request.shows, status) {
            What::Refreshed if timing.stamp.is_none() => (What::Other, ": no stamp came"),
            what => (what, what.brings()),
        };
        let text = format!("{status}{brings} · {}", milliseconds(at - request.at));
        self.push(at, lanes, what, tone, text, details);
    }

    /// What the server did before it answered, as it says itself.
    fn account(&mut self, at: f64, request: &Pending, status: u16, timing: &ServerTiming) {
        let alone = (Lane::Server, Lane::Server);
        let is_refused = matches!(status, 401 | 403);
        let tone = if is_refused { Tone::Bad } else { request.tone().or(Tone::Good) };
        let took = |took: Option<f64>| took.map(|took| format!(" · {}", milliseconds(took)));
        let check = match request.shows {
            // Nothing was checked where nothing came, or where something on the way has answered.
            _ if timing.verify.is_none() => None,
            Shows::Nothing => None,
            Shows::AccessToken(generation) => {
                let verdict = if is_refused { "no longer good" } else { "good" };
                let what = if is_refused { What::CheckedBad } else { What::CheckedGood };
                Some((what, format!("Checks ticket {generation}: {verdict}")))
            }
            Shows::RefreshToken => {
                let verdict = if is_refused { "refused" } else { "genuine" };
                Some((What::StampChecked, format!("Checks the stamp: {verdict}")))
            }
        };
        if let Some((what, text)) = check {
            let text = format!("{text}{}", took(timing.verify).unwrap_or_default());
            self.push(at, alone, what, tone, text, Vec::new());
        }
        if let Some(hash) = timing.hash {
            let text = format!("Hashes the password · {}", milliseconds(hash));
            self.push(at, alone, What::Other, Tone::Plain, text, Vec::new());
        }
        if let Some(db) = timing.db {
            let lanes = (Lane::Server, Lane::Database);
            let text = format!("Asks the database · {}", milliseconds(db));
            self.push(at, lanes, What::Other, Tone::Plain, text, Vec::new());
        }
        if let Some((generation, how)) = &timing.stamp {
            let is_ours = request.is_answered_with_ours(status);
            if is_ours && (how != "kept" || self.stamp.is_none()) {
                let (generation, how) = (generation.clone(), how.clone());
                self.stamp = Some(Stamp { generation, how, inked_at: at });
            }
            let text = match how.as_str() {
                "pressed" => format!("Presses a stamp: generation {generation}"),
                "rotated" => format!("Re-inks the stamp: generation {generation}"),
                "repeated" => {
                    format!("Gives generation {generation} out again: its first answer may be lost")
                }
                _ => format!("Leaves the stamp at generation {generation}, which is young"),
            };
            let text = if request.path == "/auth/lab/strike" {
                format!("For the thief: {text}")
            } else {
                text
            };
            self.push(at, alone, What::Other, Tone::Stamp, text, Vec::new());
        }
        if let Some(sign) = timing.sign {
            let text = format!("Signs a new ticket · {}", milliseconds(sign));
            self.push(at, alone, What::Other, Tone::Good, text, Vec::new());
        }
    }

    fn push(
        &mut self,
        at: f64,
        (from, to): (Lane, Lane),
        what: What,
        tone: Tone,
        text: String,
        details: Vec<(&'static str, String)>,
    ) {
        self.made += 1;
        if self.rows.len() == KEPT {
            self.rows.pop_front();
        }
        let next =
            self.followed.filter(|&done| FLOW.get(done).is_some_and(|step| step.what == what));
        let step = next.map(|done| done + 1);
        self.followed = step.or(self.followed);
        self.rows.push_back(Row { id: self.made, at, from, to, what, step, tone, text, details });
    }
}

impl Pending {
    /// Whether the refresh token that the server tells of came to this browser.
    fn is_answered_with_ours(&self, status: u16) -> bool {
        status < 400 && !self.path.starts_with("/auth/lab/")
    }

    fn tone(&self) -> Tone {
        match self.shows {
            _ if self.path.starts_with("/auth/lab/") => Tone::Lab,
            Shows::RefreshToken => Tone::Stamp,
            _ => Tone::Plain,
        }
    }
}

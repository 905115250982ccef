//! The complete flow in nineteen steps, in the order of the guided tour.

use super::row::Lane;
use handstamp_leptos::client::trace::Visibility;

/// The kind of a row in the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A login.
    LogIn,
    /// The response to it, with both tokens.
    LoggedIn,
    /// The page stores a new access token.
    Stored,
    /// A request with the access token.
    Asked,
    /// The server accepts the access token.
    CheckedGood,
    /// The server rejects the access token.
    CheckedBad,
    /// A response with data.
    Data,
    /// A response with status 401 or 403.
    Refused,
    /// The interceptor catches that response.
    Caught,
    /// A request with the refresh token to the refresh endpoint.
    Refresh,
    /// The server checks the refresh token.
    RefreshTokenChecked,
    /// The response with a new access token.
    Refreshed,
    /// Anything else.
    Other,
}

impl What {
    /// Returns the kind of a request.
    pub fn of_request(path: &str, shows: Visibility) -> Self {
        match shows {
            _ if path.starts_with("/auth/lab/") => Self::Other,
            Visibility::Nothing if is_login(path) => Self::LogIn,
            Visibility::Nothing => Self::Other,
            Visibility::AccessToken(_) => Self::Asked,
            Visibility::RefreshToken if path.ends_with("/refresh") => Self::Refresh,
            Visibility::RefreshToken => Self::Other,
        }
    }

    /// Returns the kind of a response.
    pub fn of_response(path: &str, shows: Visibility, status: u16) -> Self {
        match (Self::of_request(path, shows), status) {
            (Self::LogIn, 200) => Self::LoggedIn,
            (Self::Refresh, 200) => Self::Refreshed,
            (Self::Asked, 401 | 403) => Self::Refused,
            (Self::Asked, 200..300) => Self::Data,
            _ => Self::Other,
        }
    }
}

fn is_login(path: &str) -> bool {
    ["/auth/try_it", "/auth/log_in", "/auth/sign_up", "/auth/redeem_magic_link"].contains(&path)
}

/// A part of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chapter {
    LogIn,
    Use,
    Expire,
    Refresh,
}

impl Chapter {
    /// The chapters in order.
    pub const ALL: [Self; 4] = [Self::LogIn, Self::Use, Self::Expire, Self::Refresh];

    /// Returns the chapter of a step, from 1 to 19.
    pub fn of_step(step: usize) -> Self {
        match step {
            0..=3 => Self::LogIn,
            4..=9 => Self::Use,
            10..=12 => Self::Expire,
            _ => Self::Refresh,
        }
    }

    /// Returns its heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::LogIn => "Log in",
            Self::Use => "Use it",
            Self::Expire => "It expires",
            Self::Refresh => "Silent refresh",
        }
    }
}

/// One of the nineteen steps.
#[derive(Debug)]
pub struct Step {
    /// The kind of the row that is this step.
    pub what: What,
    /// The participants at which its arrow starts and ends.
    pub lanes: (Lane, Lane),
    /// The heading.
    pub title: &'static str,
    /// The explanation. A step that repeats an earlier one has none, and the tour does not stop at it.
    pub why: &'static str,
}

impl Step {
    /// Whether the tour stops at this step.
    pub fn is_told(&self) -> bool {
        !self.why.is_empty()
    }
}

const fn step(what: What, lanes: (Lane, Lane), title: &'static str, why: &'static str) -> Step {
    Step { what, lanes, title, why }
}

const REQUEST: (Lane, Lane) = (Lane::Browser, Lane::Server);
const RESPONSE: (Lane, Lane) = (Lane::Server, Lane::Browser);
const BROWSER: (Lane, Lane) = (Lane::Browser, Lane::Browser);
const SERVER: (Lane, Lane) = (Lane::Server, Lane::Server);

/// The nineteen steps, in order.
pub const FLOW: [Step; 19] = [
    step(
        What::LogIn,
        REQUEST,
        "You log in",
        "You prove who you are only once: with a password, with a link from an email or, here, as a guest. Everything after this relies on the tokens that you get back.",
    ),
    step(
        What::LoggedIn,
        RESPONSE,
        "The server responds with two tokens",
        "A ticket (the access token), which expires in minutes, and a stamp (the refresh token), which lasts for days. What is sent all the time should be short-lived; what lives long should rarely be sent.",
    ),
    step(
        What::Stored,
        BROWSER,
        "The browser keeps them in two places",
        "The ticket is in the memory of this page and disappears with it. The stamp is in an HttpOnly cookie, which no script can read, so not even a malicious script in this page could steal it.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page asks for data with the ticket",
        "The ticket goes with every call, and the stamp with none of them: the browser sends that cookie only to paths under /auth, and this call goes to /api.",
    ),
    step(
        What::CheckedGood,
        SERVER,
        "The server checks the ticket: valid",
        "It checks the signature, the expiry, and a short list, in memory, of sessions that were ended a short while ago. That takes a fraction of a millisecond and no database query, so it works on any number of servers.",
    ),
    step(
        What::Data,
        RESPONSE,
        "The server sends the data",
        "The database supplied the data, not your identity. Nearly all of the traffic of an app looks like this.",
    ),
    step(What::Asked, REQUEST, "The page asks again, with the same ticket", ""),
    step(What::CheckedGood, SERVER, "The server checks the ticket: valid", ""),
    step(
        What::Data,
        RESPONSE,
        "The same again, with the same ticket",
        "A ticket works for any number of calls until it expires, and the server remembers nothing from one call to the next. To save you 15 minutes, the lab now shortens this ticket to a few seconds.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page calls with an expired ticket",
        "It can't be sure that the ticket has expired, because only the server's clock counts. So it sends it.",
    ),
    step(
        What::CheckedBad,
        SERVER,
        "The server checks the ticket: expired",
        "Short lifetimes are deliberate: a stolen ticket is useless within minutes, and the list of ended sessions stays short.",
    ),
    step(
        What::Refused,
        RESPONSE,
        "The server refuses: 401",
        "The reason is in a response header. Without the next steps you would be sent back to the login page every few minutes.",
    ),
    step(
        What::Refresh,
        REQUEST,
        "The interceptor asks for a new ticket",
        "The interceptor is a small wrapper around every request of this page. It caught the 401, and now calls the box office, the only endpoint that renews tickets. The browser attaches the stamp to that request; the page's own code can't see it.",
    ),
    step(
        What::RefreshTokenChecked,
        SERVER,
        "The server checks the stamp, and replaces it",
        "Now it does ask the database: is the session active, and is this its newest stamp? That is why a session can be ended at any time. Then it replaces the stamp. If the old one turns up later, it was probably copied.",
    ),
    step(
        What::Refreshed,
        RESPONSE,
        "The server responds with a new ticket",
        "And with the new stamp, again in the cookie. The session's end date doesn't move, so no session lasts forever.",
    ),
    step(
        What::Stored,
        BROWSER,
        "The page replaces the old ticket",
        "Look at the ticket in the browser: it has another name now. The name is the end of its jti, the id of a token.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page sends the same request again",
        "The interceptor kept it, with its body, and sends it with the new ticket. It retries only once, so there is no endless loop.",
    ),
    step(What::CheckedGood, SERVER, "The server checks the new ticket: valid", ""),
    step(
        What::Data,
        RESPONSE,
        "The data arrives, and the page never noticed",
        "The code that asked for the data saw one call that worked. You are still logged in, although your ticket had expired.",
    ),
];

/// Returns the number of the next step at which the tour stops, after `done` steps.
pub fn next_stop(done: usize) -> usize {
    let told = FLOW.iter().enumerate().skip(done).find(|(_, step)| step.is_told());
    told.map_or(FLOW.len(), |(index, _)| index + 1)
}

/// Returns the number of the step before `step` at which the tour stops, if any.
pub fn previous_stop(step: usize) -> Option<usize> {
    FLOW.iter()
        .enumerate()
        .take(step.saturating_sub(1))
        .rev()
        .find(|(_, step)| step.is_told())
        .map(|(index, _)| index + 1)
}

/// The numbers of completed steps after which the tour sends a request itself.
pub mod requests_after {
    /// Sends the login.
    pub const LOG_IN: usize = 0;
    /// Sends the first call.
    pub const FIRST_CALL: usize = 3;
    /// Sends the second call.
    pub const SECOND_CALL: usize = 6;
    /// Sends the call with an expired access token.
    pub const LATE_CALL: usize = 9;
}

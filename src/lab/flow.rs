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

    /// Returns the text after the status of a response that says what it contains.
    pub fn content(self) -> &'static str {
        match self {
            Self::LoggedIn => ": a ticket and a stamp",
            Self::Refreshed => ": a new ticket",
            Self::Data => ": the data",
            Self::Refused => ": refused",
            _ => "",
        }
    }
}

fn is_login(path: &str) -> bool {
    ["/auth/try_it", "/auth/log_in", "/auth/sign_up", "/auth/redeem_magic_link"].contains(&path)
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
    /// The explanation.
    pub why: &'static str,
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
        "This is the only time that you prove who you are: with a password, with a link from an e-mail or, here, as a guest. Everything after this uses what you get in return.",
    ),
    step(
        What::LoggedIn,
        RESPONSE,
        "The server answers with two tokens",
        "A ticket, the access token, which expires within minutes; and a stamp, the refresh token, which lasts for days. One token would not be enough: a token that is sent all the time should be short-lived, and a long-lived one should hardly ever be sent.",
    ),
    step(
        What::Stored,
        BROWSER,
        "The browser keeps both, in two places",
        "The ticket is kept in the memory of this page and disappears with it. The stamp is kept in a cookie that no script can read, so not even a malicious script in this page could steal it.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page asks for data and shows the ticket",
        "The ticket is sent with every call, and the stamp with none of them: the browser sends that cookie only to paths under /auth, and this one is under /api.",
    ),
    step(
        What::CheckedGood,
        SERVER,
        "The server checks the ticket: good",
        "It checks a signature, a date, and a short list, in memory, of sessions that have just ended. That takes a fraction of a millisecond and no database query, so it works on any number of servers.",
    ),
    step(
        What::Data,
        RESPONSE,
        "The server sends the data",
        "The database was queried for the data, and not for who you are. Nearly all of the traffic of an app looks like this.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page asks again, with the same ticket",
        "A ticket is good for any number of calls until it expires.",
    ),
    step(
        What::CheckedGood,
        SERVER,
        "The server checks the ticket: still good",
        "It remembers nothing about the previous call. The ticket contains everything that it needs to know about you.",
    ),
    step(
        What::Data,
        RESPONSE,
        "The server sends more data",
        "Next, the ticket runs out. So that you don't have to wait for minutes, the lab shortens this one to a few seconds.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page asks with an expired ticket",
        "The page can't be sure that it has expired, because only the server's clock counts. So it sends it.",
    ),
    step(
        What::CheckedBad,
        SERVER,
        "The server checks the ticket: no longer good",
        "It has expired. The short life is deliberate: a stolen ticket is worthless after a few minutes, and the list of step 5 stays short.",
    ),
    step(
        What::Refused,
        RESPONSE,
        "The server refuses",
        "A header of the answer says why, in a form for programs. Without the next steps you would be sent back to the login page every few minutes.",
    ),
    step(
        What::Refresh,
        REQUEST,
        "The page goes to the box office and shows the stamp",
        "The interceptor, a few lines around every request of this page, has caught the refusal. It goes to the box office, the one address where tickets are renewed, and the browser adds the stamp to that request. The page's own code doesn't see it.",
    ),
    step(
        What::RefreshTokenChecked,
        SERVER,
        "The server checks the stamp: genuine",
        "Here it does query the database: is this session still active, and is this its newest stamp? So a session can be ended at any time. Then it re-inks the stamp, one generation further, and the old one is spent. That is how a copy is detected: it is spent when it is used.",
    ),
    step(
        What::Refreshed,
        RESPONSE,
        "The server answers with a new ticket",
        "And with the re-inked stamp, again in the cookie. The end of the session doesn't move: no session lasts indefinitely.",
    ),
    step(
        What::Stored,
        BROWSER,
        "The page replaces the old ticket with the new one",
        "Watch the number of the ticket.",
    ),
    step(
        What::Asked,
        REQUEST,
        "The page sends the same request again, with the new ticket",
        "The interceptor has kept it, with its body. It sends it again only once, so there can be no endless loop.",
    ),
    step(What::CheckedGood, SERVER, "The server checks the new ticket: good", "As in step 5."),
    step(
        What::Data,
        RESPONSE,
        "The server sends the data, and the page noticed nothing",
        "The code that asked for the data saw one call that worked. You are still logged in, although your ticket had expired.",
    ),
];

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

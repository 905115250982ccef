//! The whole flow in nineteen steps, as the guided tour tells it.

use super::row::Lane;
use crate::auth::client::trace::Shows;

/// What a row of the diagram is in the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Somebody logs in.
    LogIn,
    /// The server answers with both tokens.
    LoggedIn,
    /// The page holds a new access token.
    Stored,
    /// A request with the access token.
    Asked,
    /// The server finds the access token good.
    CheckedGood,
    /// The server finds the access token no longer good.
    CheckedBad,
    /// The data.
    Data,
    /// A refusal instead of it.
    Refused,
    /// The interceptor catches the refusal.
    Caught,
    /// The refresh token goes to the one place where it may go.
    Refresh,
    /// The server checks the refresh token.
    StampChecked,
    /// The server answers with a new access token.
    Refreshed,
    /// Anything else.
    Other,
}

impl What {
    /// Of a request.
    pub fn of_request(path: &str, shows: Shows) -> Self {
        match shows {
            _ if path.starts_with("/auth/lab/") => Self::Other,
            Shows::Nothing if is_login(path) => Self::LogIn,
            Shows::Nothing => Self::Other,
            Shows::AccessToken(_) => Self::Asked,
            Shows::RefreshToken if path.ends_with("/refresh") => Self::Refresh,
            Shows::RefreshToken => Self::Other,
        }
    }

    /// Of its answer.
    pub fn of_answer(path: &str, shows: Shows, status: u16) -> Self {
        match (Self::of_request(path, shows), status) {
            (Self::LogIn, 200) => Self::LoggedIn,
            (Self::Refresh, 200) => Self::Refreshed,
            (Self::Asked, 401 | 403) => Self::Refused,
            (Self::Asked, 200..300) => Self::Data,
            _ => Self::Other,
        }
    }

    /// What an answer brings, to stand behind its status.
    pub fn brings(self) -> &'static str {
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
    /// Which row of the diagram it is.
    pub what: What,
    /// Where it begins and ends.
    pub lanes: (Lane, Lane),
    /// What happens.
    pub title: &'static str,
    /// Why.
    pub why: &'static str,
}

const fn step(what: What, lanes: (Lane, Lane), title: &'static str, why: &'static str) -> Step {
    Step { what, lanes, title, why }
}

const OUT: (Lane, Lane) = (Lane::Browser, Lane::Server);
const BACK: (Lane, Lane) = (Lane::Server, Lane::Browser);
const HERE: (Lane, Lane) = (Lane::Browser, Lane::Browser);
const THERE: (Lane, Lane) = (Lane::Server, Lane::Server);

/// The nineteen steps, in their order.
pub const FLOW: [Step; 19] = [
    step(
        What::LogIn,
        OUT,
        "You log in",
        "This is the only time that you show who you are: with a password, with a link from your mail, or, here, as a guest. Everything after this lives on what you get for it.",
    ),
    step(
        What::LoggedIn,
        BACK,
        "The server answers with two tokens",
        "A ticket, the access token, which is over in minutes; and a stamp, the refresh token, which lasts for days. One would not be enough: what is shown all the time should be short-lived, and what is long-lived should be shown hardly ever.",
    ),
    step(
        What::Stored,
        HERE,
        "The browser keeps both, in two places",
        "The ticket goes into the memory of this page and is gone with it. The stamp went into a cookie that no script can read, so not even a malicious script in this page could carry it off.",
    ),
    step(
        What::Asked,
        OUT,
        "The page asks for data and shows the ticket",
        "The ticket goes with every call, and the stamp with none of them: the browser sends that cookie to addresses under /auth alone, and this one is under /api.",
    ),
    step(
        What::CheckedGood,
        THERE,
        "The server checks the ticket: good",
        "A signature, a date, and a short list, in memory, of sessions that were ended just now. That takes a fraction of a millisecond and no database, so it works on any number of servers.",
    ),
    step(
        What::Data,
        BACK,
        "The server sends the data",
        "The database was asked for the data, and not for who you are. That is the whole happy path, and nearly all of the traffic of an app looks like this.",
    ),
    step(
        What::Asked,
        OUT,
        "The page asks again, with the same ticket",
        "A ticket is good for any number of calls until it is over.",
    ),
    step(
        What::CheckedGood,
        THERE,
        "The server checks the ticket: still good",
        "It remembers nothing of the call before. All that it needs to know of you stands in the ticket.",
    ),
    step(
        What::Data,
        BACK,
        "The server sends more data",
        "Next, the ticket runs out. So that you need not wait for minutes, the lab has this one cut to a few seconds.",
    ),
    step(
        What::Asked,
        OUT,
        "The page asks with a ticket that is over",
        "The page can't be sure that it is over, because only the server's clock counts. So it simply tries.",
    ),
    step(
        What::CheckedBad,
        THERE,
        "The server checks the ticket: no longer good",
        "Its date has passed. That it passes so soon is on purpose: a ticket that somebody copied would be worth nothing after minutes, and the list of step 5 stays short.",
    ),
    step(
        What::Refused,
        BACK,
        "The server refuses",
        "The answer says why, in a header for programs. Without what comes next you would be thrown back to the login page now, every few minutes.",
    ),
    step(
        What::Refresh,
        OUT,
        "The page goes to the box office and shows the stamp",
        "The interceptor, a few lines around every request of this page, has caught the refusal. It turns to the box office, the one address where tickets are renewed, and there the browser adds the stamp. The page's own code doesn't see it.",
    ),
    step(
        What::StampChecked,
        THERE,
        "The server checks the stamp: genuine",
        "Here it does ask the database: is this session still running, and is this its newest stamp? So a session can be ended at any time. Then it re-inks the stamp, one generation on, and the old one is spent. So a copy is noticed: it turns up spent.",
    ),
    step(
        What::Refreshed,
        BACK,
        "The server answers with a new ticket",
        "And with the re-inked stamp, again in the cookie. The end of the session doesn't move: nobody stays logged in for ever.",
    ),
    step(
        What::Stored,
        HERE,
        "The page puts the new ticket in the place of the old one",
        "Watch the number of the ticket.",
    ),
    step(
        What::Asked,
        OUT,
        "The page sends the same request again, with the new ticket",
        "The interceptor has kept it, with its body. It sends it again once and never twice, so nothing can go round in circles.",
    ),
    step(What::CheckedGood, THERE, "The server checks the new ticket: good", "As in step 5."),
    step(
        What::Data,
        BACK,
        "The server sends the data, and nobody has noticed",
        "The code that asked for the data has seen one call that worked. You have stayed logged in, although your ticket was over.",
    ),
];

/// The steps before which the tour has something to do: number of steps that are done.
pub mod begins {
    /// The login.
    pub const LOG_IN: usize = 0;
    /// The first call.
    pub const FIRST_CALL: usize = 3;
    /// The second call.
    pub const SECOND_CALL: usize = 6;
    /// The call on a ticket that is over.
    pub const LATE_CALL: usize = 9;
}

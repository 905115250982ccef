//! What a theft leads to in each of four designs. Nothing is sent: this is a simulation.

/// How a browser and a server remember a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// One JWT that is valid for the whole session, in an `HttpOnly` cookie. The server checks only its signature.
    LongJwt,
    /// A random id in an `HttpOnly` cookie. The server looks it up with every call.
    ServerSession,
    /// A short access token and a refresh token with rotation, both in `localStorage`.
    LocalStorage,
    /// This one: the access token in memory, the refresh token in an `HttpOnly` cookie.
    TwoTokens,
}

/// All of them, in the order of the page.
pub const DESIGNS: [Design; 4] =
    [Design::LongJwt, Design::ServerSession, Design::LocalStorage, Design::TwoTokens];

/// What the user does after the theft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// Keeps using the page.
    Stay,
    /// Logs out soon.
    LogOut,
    /// Closes the page and never comes back.
    Leave,
}

/// All of them, in the order of the page.
pub const BEHAVIORS: [Behavior; 3] = [Behavior::Stay, Behavior::LogOut, Behavior::Leave];

/// The lifetimes, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token.
    pub access: u32,
    /// Of the rest of the session.
    pub session: u32,
}

impl Lifetimes {
    /// The defaults of this server.
    pub const DEFAULT: Self = Self { access: 15 * 60, session: 30 * 24 * 3600 };

    /// Returns when the user logs out or leaves: before the next refresh.
    pub fn soon(self) -> u32 {
        (self.access / 3).max(1)
    }
}

/// One event of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since the theft.
    pub at: u32,
    /// In the picture's words.
    pub text: &'static str,
}

/// What the theft leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The story, oldest event first.
    pub moments: Vec<Moment>,
    /// Seconds until the attacker has lost access.
    pub acts_for: u32,
    /// Whether the server noticed the theft.
    pub is_noticed: bool,
}

/// Simulates a theft in which the attacker uses the copy at once.
pub fn steal(design: Design, behavior: Behavior, lifetimes: Lifetimes) -> Outcome {
    let Lifetimes { access, session } = lifetimes;
    let rotates = matches!(design, Design::LocalStorage | Design::TwoTokens);
    let (copied, used) = beginning(design);
    let mut moments = vec![moment(0, copied), moment(0, used)];
    let (acts_for, is_noticed) = match (behavior, design) {
        (Behavior::Stay, _) if rotates && access < session => (access, true),
        (Behavior::LogOut, Design::ServerSession | Design::LocalStorage | Design::TwoTokens) => {
            (lifetimes.soon().min(session), false)
        }
        _ => (session, false),
    };
    if let Some((at, text)) = turn(design, behavior, lifetimes) {
        moments.push(moment(at.min(session), text));
    }
    if acts_for == session && !is_noticed {
        moments.push(moment(session, "The session ends. Only now is the thief out."));
    }
    Outcome { moments, acts_for, is_noticed }
}

fn moment(at: u32, text: &'static str) -> Moment {
    Moment { at, text }
}

/// Returns how the credential is copied and used.
fn beginning(design: Design) -> (&'static str, &'static str) {
    let refreshes = "The thief refreshes first and gets a new ticket and a new stamp. Your copy of the stamp is spent now, and you don't know it.";
    match design {
        Design::LongJwt => (
            "Malware on your device copies the cookie with the long-lived token.",
            "The thief calls the API with it. The signature is right, so the server answers.",
        ),
        Design::ServerSession => (
            "Malware on your device copies the cookie with the session id.",
            "The thief calls the API with it. The server finds the session in its database and answers.",
        ),
        Design::LocalStorage => {
            ("A script in the page copies both tokens from localStorage.", refreshes)
        }
        Design::TwoTokens => (
            "Malware on your device copies the cookie with the stamp. (A script in the page can't read it.)",
            refreshes,
        ),
    }
}

/// Returns what happens when the user acts.
fn turn(design: Design, behavior: Behavior, lifetimes: Lifetimes) -> Option<(u32, &'static str)> {
    let (soon, refresh) = (lifetimes.soon(), lifetimes.access);
    Some(match (behavior, design) {
        (Behavior::Stay, Design::LongJwt) => {
            (refresh, "You keep working. Two people use one token, and the server can't tell.")
        }
        (Behavior::Stay, Design::ServerSession) => {
            (refresh, "You keep working. The server sees one session in use, and nothing unusual.")
        }
        (Behavior::Stay, Design::LocalStorage | Design::TwoTokens) => (
            refresh,
            "Your ticket expires, and your page refreshes with the spent stamp. The server knows now that two hold this session: it ends the session for both, and tells you why.",
        ),
        (Behavior::LogOut, Design::LongJwt) => (
            soon,
            "You log out. Your browser deletes its copy. The thief's copy still works, because no one looks the token up.",
        ),
        (Behavior::LogOut, Design::ServerSession) => (
            soon,
            "You log out. The server deletes the session, and refuses the thief's next call.",
        ),
        (Behavior::LogOut, Design::LocalStorage | Design::TwoTokens) => (
            soon,
            "You log out. The server ends the session, and refuses both stamps and all tickets of it at once.",
        ),
        (Behavior::Leave, _) => (soon, "You close the page, and don't come back."),
    })
}

/// Returns what the user can do about it, in the picture's words.
pub fn remedy(design: Design) -> &'static str {
    match design {
        Design::LongJwt => {
            "Nothing. Logging out or a new password doesn't reach a token that no one looks up. The operator can change the signing key, which logs everyone out."
        }
        Design::ServerSession => {
            "Log out, or end the session in your list of sessions. The thief is out with the next call. But nothing tells you that you should."
        }
        Design::LocalStorage | Design::TwoTokens => {
            "Log out, or end the session in your list of sessions: the thief is out at once. Or just come back: your next refresh gives the thief away."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: u32 = 24 * 3600;

    #[test]
    fn a_theft_lasts_as_long_as_the_design_allows() {
        use {Behavior::*, Design::*};
        let (session, refresh, soon) = (30 * DAYS, 900, 300);
        for (design, [stay, log_out, leave]) in [
            (LongJwt, [(session, false), (session, false), (session, false)]),
            (ServerSession, [(session, false), (soon, false), (session, false)]),
            (LocalStorage, [(refresh, true), (soon, false), (session, false)]),
            (TwoTokens, [(refresh, true), (soon, false), (session, false)]),
        ] {
            for (behavior, expected) in [(Stay, stay), (LogOut, log_out), (Leave, leave)] {
                let outcome = steal(design, behavior, Lifetimes::DEFAULT);
                let found = (outcome.acts_for, outcome.is_noticed);
                assert_eq!(found, expected, "{design:?} {behavior:?}");
            }
        }
    }

    #[test]
    fn the_story_is_in_order_and_ends_when_the_attacker_is_out() {
        let sessions = [30 * DAYS, 600, 100, 1];
        for (design, behavior) in
            DESIGNS.into_iter().flat_map(|design| BEHAVIORS.map(|behavior| (design, behavior)))
        {
            for session in sessions {
                let outcome = steal(design, behavior, Lifetimes { access: 900, session });
                let times: Vec<u32> = outcome.moments.iter().map(|moment| moment.at).collect();
                assert!(times.is_sorted() && times.len() >= 3, "{design:?} {behavior:?} {times:?}");
                assert_eq!(times.last(), Some(&outcome.acts_for));
                assert!(outcome.acts_for <= session);
            }
        }
    }
}

//! The four designs side by side.

use super::{
    super::words::Say,
    model::{DESIGNS, Design, Lifetimes},
    span::span,
};
use leptos::prelude::*;

const QUESTIONS: [&str; 7] = [
    "How long is a stolen one good for?",
    "Can it be revoked?",
    "Is a theft noticed without you?",
    "If a malicious script runs in the page (XSS)",
    "Database lookups per 1,000 calls",
    "Does it scale without shared state?",
    "Does it need protection against CSRF?",
];

/// Returns the name of a design.
pub fn name(design: Design) -> &'static str {
    match design {
        Design::LongJwt => "One long-lived JWT",
        Design::ServerSession => "Server session",
        Design::LocalStorage => "Two tokens in localStorage",
        Design::TwoTokens => "This site",
    }
}

/// Returns how a design works, in the picture's words.
pub fn description(design: Design) -> &'static str {
    match design {
        Design::LongJwt => {
            "One signed token for the whole session, in an HttpOnly cookie. The server checks the signature and looks nothing up."
        }
        Design::ServerSession => {
            "A random id in an HttpOnly cookie. The server looks it up with every call."
        }
        Design::LocalStorage => {
            "A short-lived ticket and a stamp that is re-inked, as here, but both in localStorage, where every script of the page can read them."
        }
        Design::TwoTokens => {
            "A short-lived ticket in the memory of the page, and a stamp that is re-inked, in an HttpOnly cookie."
        }
    }
}

/// Returns the answers to the questions, in the picture's words.
fn answers(design: Design, lifetimes: Lifetimes) -> [String; 7] {
    let (access, session) = (span(lifetimes.access), span(lifetimes.session));
    let until_refresh = format!(
        "Until your next refresh: {access} at most while you use the page. If you don't come back, until the session ends: {session}."
    );
    let only_in_page = "The script can't copy the cookie, so nothing that is useful elsewhere leaves the browser. It can use the session while the page is open.";
    let shared = "Calls do, apart from the list of ended sessions. A refresh needs the database.";
    let writes = format!("0. Each refresh is a write, one every {access} of use.");
    let answers = match design {
        Design::LongJwt => [
            &format!("Until it expires: {session}."),
            "No. Only a new signing key ends it, and that logs everyone out. A list of blocked tokens would be a lookup per call, as for a server session.",
            "No.",
            only_in_page,
            "0.",
            "Yes. A node needs only the key.",
            "Yes, for every call.",
        ],
        Design::ServerSession => [
            &format!("Until you log out or the session ends: {session} at most."),
            "Yes, at once.",
            "No, unless the server compares devices and places.",
            only_in_page,
            "1,000. A cache makes it fewer, and then has to learn of every revocation.",
            "No. All nodes ask the same store.",
            "Yes, for every call.",
        ],
        Design::LocalStorage => [
            &until_refresh,
            "Yes, at once, if the nodes share a list of ended sessions, as here.",
            "Yes, at your next refresh. But the script can delete your copy: then you log in again, and the old session is the thief's alone.",
            "The script copies both tokens. The thief uses them elsewhere, also after you have closed the page.",
            &writes,
            shared,
            "No. The browser sends nothing of its own accord.",
        ],
        Design::TwoTokens => [
            &until_refresh,
            &format!(
                "Yes, at once: all nodes share a list of ended sessions, in memory. Without that list, tickets would work until they expire: {access} at most."
            ),
            "Yes, at your next refresh. Not if you never come back, and not if the thief always refreshes within seconds of you.",
            &format!(
                "The script can't copy the stamp. It can use the session while the page is open, and can get a ticket that works elsewhere for {access}. Here a server session is better."
            ),
            &writes,
            shared,
            "Only for the requests with the cookie: login, refresh, logout.",
        ],
    };
    answers.map(str::to_owned)
}

/// The table. In a narrow window each question is a list of the designs.
#[component]
pub fn Table(#[prop(into)] lifetimes: Signal<Lifetimes>) -> impl IntoView {
    let head = DESIGNS.map(|design| view! { <th scope="col">{name(design)}</th> }.into_any());
    let rows = std::array::from_fn::<_, 7, _>(|index| {
        let cells = DESIGNS.map(|design| {
            let text = Signal::derive(move || answers(design, lifetimes.get())[index].clone());
            view! { <td data-label=name(design)><Say text /></td> }.into_any()
        });
        view! { <tr><th scope="row">{QUESTIONS[index]}</th>{Vec::from(cells)}</tr> }.into_any()
    });
    view! {
        <table class="stacking">
            <caption>"The four designs"</caption>
            <thead><tr><th scope="col">"Question"</th>{Vec::from(head)}</tr></thead>
            <tbody>{Vec::from(rows)}</tbody>
        </table>
    }
}

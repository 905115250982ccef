//! The same flow for a native client: what to type, and what comes back.

use crate::ui::{clipboard, live_text::LiveText};
use leptos::prelude::*;

/// One command, with `ORIGIN` in the place of this server.
struct Command {
    title: &'static str,
    text: &'static str,
    answers: &'static str,
}

const COMMANDS: [Command; 6] = [
    Command {
        title: "Log in",
        text: "TOKENS=$(curl -sS ORIGIN/api/login -H 'Content-Type: application/json' \\\n  -d '{\"username\": \"YOUR NAME\", \"password\": \"YOUR PASSWORD\"}')\ntoken() { echo \"$TOKENS\" | sed -E \"s/.*\\\"$1\\\":\\\"([^\\\"]*)\\\".*/\\1/\"; }\necho \"$TOKENS\"",
        answers: "200 with access_token, expires_in, refresh_token and refresh_token_expires_in. Here the refresh token is in the body: a native client keeps it in the keychain of its system. token is a little helper that reads one of them.",
    },
    Command {
        title: "Call the API",
        text: "curl -sS -i ORIGIN/api/profile -H \"Authorization: Bearer $(token access_token)\"",
        answers: "200 and your profile. Once the ticket is over: 401, with WWW-Authenticate: Bearer error=\"invalid_token\".",
    },
    Command {
        title: "Refresh",
        text: "SPENT=$(token refresh_token)\nATTEMPT=$(openssl rand -hex 16)\nTOKENS=$(curl -sS ORIGIN/api/refresh -H 'Content-Type: application/json' \\\n  -H \"Idempotency-Key: $ATTEMPT\" -d \"{\\\"refresh_token\\\": \\\"$SPENT\\\"}\")\necho \"$TOKENS\"",
        answers: "200 with a new ticket and the next stamp. The Idempotency-Key is the attempt id, 128 random bits: repeat the request with the same one when no answer came, and you get the same stamp, however late. A client stores it beside the stamp before it sends the request, and makes a new one only after the stamp has changed.",
    },
    Command {
        title: "Play the thief",
        text: "sleep SECONDS; curl -sS -i ORIGIN/api/refresh -H 'Content-Type: application/json' \\\n  -d \"{\\\"refresh_token\\\": \\\"$SPENT\\\"}\"",
        answers: "401 refresh_token_reused. The spent stamp came back after the reuse window, without its attempt id: the session is over, for everybody.",
    },
    Command {
        title: "See that it is over",
        text: "curl -sS -i ORIGIN/api/profile -H \"Authorization: Bearer $(token access_token)\"",
        answers: "401 session_revoked, though the ticket has minutes left by its date.",
    },
    Command {
        title: "Log out",
        text: "curl -sS -i ORIGIN/api/logout -H 'Content-Type: application/json' \\\n  -d \"{\\\"refresh_token\\\": \\\"$(token refresh_token)\\\"}\"",
        answers: "204, also when the session is over already or the token is unknown (RFC 7009).",
    },
];

/// The commands.
#[component]
pub fn Native(
    /// The server's reuse window, in milliseconds.
    window: u32,
) -> impl IntoView {
    // The server that renders the page needs not know by which name it is called.
    let origin = RwSignal::new("http://localhost:3000".to_owned());
    Effect::new(move || {
        if let Ok(here) = leptos::prelude::window().location().origin() {
            origin.set(here);
        }
    });
    let seconds = (window / 1000 + 1).to_string();
    let commands = COMMANDS
        .iter()
        .map(|command| {
            let seconds = seconds.clone();
            let text = Signal::derive(move || {
                command.text.replace("ORIGIN", &origin.get()).replace("SECONDS", &seconds)
            });
            view! { <OneCommand command text /> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <section class="native" aria-labelledby="native-title">
            <h2 id="native-title">"The same without a browser"</h2>
            <p>"Apps and scripts use the same engine through JSON. Type these into one shell, in this order, with the name and the password of an account that you have signed up. (A guest has no password.)"</p>
            <ol class="commands">{commands}</ol>
        </section>
    }
}

#[component]
fn OneCommand(command: &'static Command, text: Signal<String>) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let label = format!("Copy the command: {}", command.title);
    view! {
        <li>
            <h3>{command.title}</h3>
            <pre tabindex="0"><code data-testid="command" translate="no"><LiveText text /></code></pre>
            <p class="actions">
                <button type="button" class="button button-quiet button-small" aria-label=label on:click=move |_| clipboard::copy(text.get_untracked(), said)>"Copy"</button>
                <span class="hint" role="status"><LiveText text=said /></span>
            </p>
            <p class="hint">{command.answers}</p>
        </li>
    }
}

//! The same flow through the JSON API: curl commands and the expected responses.

use crate::ui::{clipboard, live_text::LiveText};
use leptos::prelude::*;

/// A command. `ORIGIN` stands for the origin of this server, `SECONDS` for a wait longer than the reuse window.
struct Command {
    title: &'static str,
    text: &'static str,
    response: &'static str,
}

const COMMANDS: [Command; 6] = [
    Command {
        title: "Log in",
        text: "TOKENS=$(curl -sS ORIGIN/api/login -H 'Content-Type: application/json' \\\n  -d '{\"username\": \"YOUR NAME\", \"password\": \"YOUR PASSWORD\"}')\ntoken() { echo \"$TOKENS\" | sed -E \"s/.*\\\"$1\\\":\\\"([^\\\"]*)\\\".*/\\1/\"; }\necho \"$TOKENS\"",
        response: "200 with access_token, expires_in, refresh_token and refresh_token_expires_in. Here the refresh token is in the body: a native client keeps it in the keychain of its system. token is a small helper that reads one of these fields.",
    },
    Command {
        title: "Call the API",
        text: "curl -sS -i ORIGIN/api/profile -H \"Authorization: Bearer $(token access_token)\"",
        response: "200 and your profile. After the ticket has expired: 401, with WWW-Authenticate: Bearer error=\"invalid_token\".",
    },
    Command {
        title: "Refresh",
        text: "SPENT=$(token refresh_token)\nATTEMPT=$(openssl rand -hex 16)\nTOKENS=$(curl -sS ORIGIN/api/refresh -H 'Content-Type: application/json' \\\n  -H \"Idempotency-Key: $ATTEMPT\" -d \"{\\\"refresh_token\\\": \\\"$SPENT\\\"}\")\necho \"$TOKENS\"",
        response: "200 with a new ticket and the next stamp. The Idempotency-Key is the attempt id, 128 random bits: if no answer arrives, repeat the request with the same one, and you get the same stamp, however late. A client stores it with the stamp before it sends the request, and makes a new one only after the stamp has changed.",
    },
    Command {
        title: "Play the thief",
        text: "sleep SECONDS; curl -sS -i ORIGIN/api/refresh -H 'Content-Type: application/json' \\\n  -d \"{\\\"refresh_token\\\": \\\"$SPENT\\\"}\"",
        response: "401 refresh_token_reused. The spent stamp was used after the reuse window, without its attempt id: the session is over, for you and for the thief.",
    },
    Command {
        title: "See that it is over",
        text: "curl -sS -i ORIGIN/api/profile -H \"Authorization: Bearer $(token access_token)\"",
        response: "401 session_revoked, although the ticket would expire only in some minutes.",
    },
    Command {
        title: "Log out",
        text: "curl -sS -i ORIGIN/api/logout -H 'Content-Type: application/json' \\\n  -d \"{\\\"refresh_token\\\": \\\"$(token refresh_token)\\\"}\"",
        response: "204, also if the session is already over or the token is unknown (RFC 7009).",
    },
];

/// The list of commands.
#[component]
pub fn JsonClient(
    /// The reuse window of the server, in milliseconds.
    window: u32,
) -> impl IntoView {
    // The origin is known only in the browser.
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
            view! { <CommandItem command text /> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <section class="native" aria-labelledby="native-title">
            <h2 id="native-title">"The same without a browser"</h2>
            <p>"Apps and scripts use the same engine through JSON. Type these into one shell, in this order, with the name and the password of an account that you created. (A guest has no password.)"</p>
            <ol class="commands">{commands}</ol>
        </section>
    }
}

#[component]
fn CommandItem(command: &'static Command, text: Signal<String>) -> impl IntoView {
    let copy_status = RwSignal::new(String::new());
    let label = format!("Copy the command: {}", command.title);
    view! {
        <li>
            <h3>{command.title}</h3>
            <pre tabindex="0"><code data-testid="command" translate="no"><LiveText text /></code></pre>
            <p class="actions">
                <button type="button" class="button button-quiet button-small" aria-label=label on:click=move |_| clipboard::copy(text.get_untracked(), copy_status)>"Copy"</button>
                <span class="hint" role="status"><LiveText text=copy_status /></span>
            </p>
            <p class="hint">{command.response}</p>
        </li>
    }
}

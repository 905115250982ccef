//! The page: whoever is logged in is greeted by a server function and counted by an endpoint.

use handstamp::{
    auth::{
        api as door,
        client::{self, AuthClient, provide_session, use_session},
    },
    error::AppError,
    ui::program_state::{ProgramNotices, ProgramStateScript, ROOT},
};
use leptos::{prelude::*, server_fn::codec::Json, task::spawn_local};
use serde::{Deserialize, Serialize};

/// What `/api/visits` answers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Visits {
    /// How often this person has come.
    pub visits: u32,
}

/// 2. A protected server function: on the client's side it names `AuthClient`, on the server's it asks
/// the door who is there. (The access token is all that guards it: what Handstamp checks of a request
/// to `/auth`, where cookies are sent, it does not check here.)
///
/// # Errors
/// Those of the guard.
#[server(prefix = "/fn", endpoint = "greeting", input = Json, output = Json, client = AuthClient)]
pub async fn greeting() -> Result<String, AppError> {
    let door = handstamp::auth::server::http::cookie_api::AuthRequest::open()?;
    let who = door.authenticated()?;
    Ok(format!("Welcome, session {}", who.0.sid))
}

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Guestbook"</title>
                // 6. What a page does if its program can't start, and what it says then.
                <ProgramStateScript />
                <HydrationScripts options />
            </head>
            <body>
                <div id=ROOT>
                    <App />
                </div>
                <ProgramNotices />
            </body>
        </html>
    }
}

/// The app.
#[component]
pub fn App() -> impl IntoView {
    // 1. The session, for all components below.
    provide_session();
    let session = use_session();
    let text = RwSignal::new(String::new());
    let show = move |said: Result<String, AppError>| {
        text.set(said.unwrap_or_else(|error| error.to_string()));
    };
    let is_busy = RwSignal::new(false);
    let come_in = move |_| {
        is_busy.set(true);
        spawn_local(async move {
            if let Err(error) = client::log_in(door::try_it()).await {
                show(Err(error));
            }
            is_busy.set(false);
        });
    };
    let is_inside = move || is_busy.get() || session.is_starting() || session.user().is_some();
    // Nobody reads what was said to somebody else.
    Effect::new(move |before: Option<Option<String>>| {
        let now = session.user().map(|user| user.id);
        if before.is_some_and(|before| before != now) {
            text.set(String::new());
        }
        now
    });
    let greet = move |_| spawn_local(async move { show(greeting().await) });
    let count = move |_| {
        spawn_local(async move {
            // 3. A protected endpoint.
            let counted = client::api::post::<Visits>("/api/visits", &()).await;
            show(counted.map(|counted| format!("Visits: {}", counted.visits)));
        });
    };
    let who = move || {
        session
            .user()
            .map_or("Nobody is here".to_owned(), |user| format!("{} is here", user.username))
    };
    view! {
        <main>
            <h1>"Guestbook"</h1>
            <p>{who}</p>
            <p>
                <button {..leptos::attr::autocomplete("off")} disabled=is_inside on:click=come_in>"Come in"</button>
                <button on:click=greet>"Greet me"</button>
                <button on:click=count>"Count me"</button>
                <button on:click=|_| client::log_out()>"Leave"</button>
            </p>
            <p role="status">{text}</p>
        </main>
    }
}

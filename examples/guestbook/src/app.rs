//! The page: it logs in a guest, calls a protected server function, and calls a protected endpoint.

use handstamp_leptos::{
    AppError, AuthClient, client,
    program::program_state::{ProgramNotices, ProgramStateScript, ROOT},
    provide_session, server_functions, use_session,
};
use leptos::{prelude::*, server_fn::codec::Json, task::spawn_local};
use serde::{Deserialize, Serialize};

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Guestbook"</title>
                // 3. The script and the notices tell the user if the program can't start. The element `ROOT` is
                // where step 2 starts the app.
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
    // 4. Provide the session to all components below, once.
    provide_session();
    let session = use_session();
    let message = RwSignal::new(String::new());
    let show = move |result: Result<String, AppError>| {
        message.set(result.unwrap_or_else(|error| error.to_string()));
    };
    // 5. Log in with a server function that returns tokens. The others are `server_functions::log_in` and `server_functions::sign_up`.
    // `client::log_out` below ends the session.
    let is_busy = RwSignal::new(false);
    let log_in = move |_| {
        is_busy.set(true);
        spawn_local(async move {
            if let Err(error) = client::log_in(server_functions::try_it()).await {
                show(Err(error));
            }
            is_busy.set(false);
        });
    };
    let is_disabled = move || is_busy.get() || session.is_starting() || session.user().is_some();
    // 6. Remove private content when the user changes: another tab can log out, or log in as another user.
    Effect::new(move |previous: Option<Option<String>>| {
        let current = session.user().map(|user| user.id);
        if previous.is_some_and(|previous| previous != current) {
            message.set(String::new());
        }
        current
    });
    let greet = move |_| spawn_local(async move { show(greeting().await) });
    let count = move |_| {
        spawn_local(async move {
            // 7. Call a protected endpoint (step 10). `client::api` adds the access token, and refreshes it if the
            // server refuses it.
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
                <button {..leptos::attr::autocomplete("off")} disabled=is_disabled on:click=log_in>"Come in"</button>
                <button on:click=greet>"Greet me"</button>
                <button on:click=count>"Count me"</button>
                <button on:click=|_| client::log_out()>"Leave"</button>
            </p>
            <p role="status">{message}</p>
        </main>
    }
}

/// 8. A protected server function. Its client is `AuthClient`, which adds the access token and refreshes it, and its
/// body starts with the check of that token. (The CSRF checks for `/auth` don't apply under `/fn`. They aren't needed,
/// because browsers don't add the access token on their own.)
///
/// # Errors
/// Fails with the error of the check if there is no valid access token.
#[server(prefix = "/fn", endpoint = "greeting", input = Json, output = Json, client = AuthClient)]
pub async fn greeting() -> Result<String, AppError> {
    use handstamp_leptos::AuthRequest;
    let user = AuthRequest::from_context()?.authenticated()?;
    Ok(format!("Welcome, session {}", user.session_id()))
}

/// The response of `/api/visits`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Visits {
    /// The number of visits of this user.
    pub visits: u32,
}

//! The pages: the notes of the user, and the page that confirms an e-mail address.

use handstamp_leptos::{
    AppError, client,
    program::program_state::{ProgramNotices, ProgramStateScript, ROOT},
    protocol::types::{LinkToken, Password},
    provide_session, server_functions, use_session,
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_router::{
    ParamSegment, StaticSegment,
    components::{FlatRoutes, Route, Router},
    hooks::use_params_map,
};
use serde::{Deserialize, Serialize};

/// The body of `POST /api/notes`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Note {
    /// 1 to 1000 characters.
    pub text: String,
}

/// The response of `GET /api/notes`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Notes {
    /// Newest first.
    pub notes: Vec<String>,
}

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Notes"</title>
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
    provide_session();
    view! {
        <Router>
            <main>
                <h1>"Notes"</h1>
                <FlatRoutes fallback=|| "There is no page at this address.">
                    <Route path=() view=Home />
                    <Route path=(StaticSegment("confirm"), ParamSegment("token")) view=ConfirmEmail />
                </FlatRoutes>
            </main>
        </Router>
    }
}

/// The forms of a visitor, or the notes of the user.
#[component]
fn Home() -> impl IntoView {
    let session = use_session();
    move || match session.user() {
        Some(user) => view! { <NotesOf username=user.username /> }.into_any(),
        None => view! { <LogIn /> }.into_any(),
    }
}

/// Shows the result of the last request.
fn message_of(result: Result<(), AppError>) -> String {
    let Err(error) = result else { return String::new() };
    let fields = error.errors.iter().map(|field| format!("{}: {}", field.field, field.message));
    let fields: Vec<String> = fields.collect();
    if fields.is_empty() { error.detail.to_string() } else { fields.join(" ") }
}

#[component]
fn LogIn() -> impl IntoView {
    let [username, email, password] = [(); 3].map(|()| NodeRef::<html::Input>::new());
    let message = RwSignal::new(String::new());
    let value = |field: NodeRef<html::Input>| {
        field.get_untracked().map(|input| input.value()).unwrap_or_default()
    };
    let log_in = move |event: SubmitEvent| {
        event.prevent_default();
        let (name, secret) = (value(username), Password::new(value(password)));
        spawn_local(async move {
            let result = client::log_in(server_functions::log_in(name, secret, None)).await;
            message.set(message_of(result));
        });
    };
    let sign_up = move |_| {
        let (name, address) = (value(username), value(email));
        let secret = Password::new(value(password));
        spawn_local(async move {
            let result = client::log_in(server_functions::sign_up(name, address, secret)).await;
            message.set(message_of(result));
        });
    };
    view! {
        <form method="post" on:submit=log_in>
            <p><label>"User name " <input node_ref=username name="username" autocomplete="username" /></label></p>
            <p>
                <label>"E-mail address, to sign up " <input node_ref=email name="email" type="email" autocomplete="email" /></label>
            </p>
            <p>
                <label>
                    "Password "
                    <input node_ref=password name="password" type="password" autocomplete="current-password" />
                </label>
            </p>
            <p>
                <button type="submit">"Log in"</button>
                <button type="button" on:click=sign_up>"Sign up"</button>
            </p>
            <p role="status">{message}</p>
        </form>
    }
}

#[component]
fn NotesOf(username: String) -> impl IntoView {
    let notes = RwSignal::new(Notes::default());
    let message = RwSignal::new(String::new());
    let text = NodeRef::<html::Input>::new();
    let load = move || {
        spawn_local(async move {
            match client::api::get::<Notes>("/api/notes").await {
                Ok(loaded) => notes.set(loaded),
                Err(error) => message.set(message_of(Err(error))),
            }
        });
    };
    Effect::new(move |_| load());
    let write = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = text.get_untracked() else { return };
        spawn_local(async move {
            let note = Note { text: input.value() };
            let written = client::api::post::<()>("/api/notes", &note).await;
            if written.is_ok() {
                input.set_value("");
                load();
            }
            message.set(message_of(written));
        });
    };
    view! {
        <p>"The notes of " <b>{username}</b> " " <button on:click=|_| client::log_out()>"Log out"</button></p>
        <form method="post" on:submit=write>
            <label>"A note " <input node_ref=text name="text" maxlength="1000" /></label>
            <button type="submit">"Write"</button>
        </form>
        <p role="status">{message}</p>
        <ul>{move || notes.get().notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
    }
}

/// The page of the link that confirms an address. It confirms on a click: mail programs open links on their own.
#[component]
fn ConfirmEmail() -> impl IntoView {
    let params = use_params_map();
    let message = RwSignal::new(String::new());
    let confirm = move |_| {
        let token = params.read_untracked().get("token").unwrap_or_default();
        spawn_local(async move {
            let confirmed = server_functions::confirm_email(LinkToken::new(token), None).await;
            message.set(match confirmed {
                Ok(()) => "The address is confirmed.".to_owned(),
                failed => message_of(failed),
            });
        });
    };
    view! {
        <p><button on:click=confirm>"Confirm the address"</button></p>
        <p role="status">{message}</p>
        <p><a href="/">"The notes"</a></p>
    }
}

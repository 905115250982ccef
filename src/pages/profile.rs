//! `/profile`: the account and the session behind the access token.

use super::signed_in_only::SignedInOnly;
use crate::{
    api::types,
    auth::client::{self, api::get},
    error::AppError,
    ui::{
        notice::{ErrorNotice, LoadError},
        stamp::Stamp,
        submission::Submission,
        ticket::Ticket,
        when::moment,
        while_shown::WhileShown,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The profile page.
#[component]
pub fn Profile() -> impl IntoView {
    view! {
        <Title text="Profile" />
        <SignedInOnly>
            <h1>"Your profile"</h1>
            <div class="split">
                <Details />
                <div class="hero-art">
                    <Ticket />
                    <Stamp />
                </div>
            </div>
            <Everywhere />
        </SignedInOnly>
    }
}

#[component]
fn Details() -> impl IntoView {
    let account = RwSignal::new(None::<types::Profile>);
    let error = RwSignal::new(None::<AppError>);
    let while_shown = WhileShown::here();
    let load = move || {
        error.set(None);
        while_shown.spawn(async move {
            match get::<types::Profile>("/api/profile").await {
                Ok(read) => account.set(Some(read)),
                Err(failed) => error.set(Some(failed)),
            }
        });
    };
    Effect::new(load);
    let again = Callback::new(move |()| load());
    let rows = move || {
        account.get().map(|account| {
            view! {
                <dl class="facts">
                    <dt>"User name"</dt>
                    <dd>{account.username}</dd>
                    <dt>"E-mail"</dt>
                    <dd>{account.email}</dd>
                    <dt>"Member since"</dt>
                    <dd>{moment(&account.created_at)}</dd>
                    <dt>"This session began"</dt>
                    <dd>{moment(&account.session.created_at)}</dd>
                    <dt>"It ends for good"</dt>
                    <dd>{moment(&account.session.expires_at)}</dd>
                </dl>
            }
        })
    };
    let is_loading = move || account.with(Option::is_none) && error.with(Option::is_none);
    view! {
        <section class="card" aria-busy=move || is_loading().to_string()>
            <h2>"Account"</h2>
            <Show when=is_loading>
                <p class="waiting" role="status">"Loading…"</p>
            </Show>
            {rows}
            <LoadError error again />
            <p class="actions">
                <button class="button button-quiet" on:click=move |_| load()>"Load again"</button>
            </p>
        </section>
    }
}

#[component]
fn Everywhere() -> impl IntoView {
    let logout = Submission::new();
    let log_out = move |_| logout.send(client::log_out_everywhere(), || ());
    view! {
        <section class="card card-quiet">
            <h2>"Log out everywhere"</h2>
            <p>"Ends every session of yours, on every device. Their access tokens stop working at once."</p>
            <ErrorNotice error=logout.error />
            <button class="button button-danger" disabled=move || logout.busy.get() on:click=log_out>
                "Log out everywhere"
            </button>
        </section>
    }
}

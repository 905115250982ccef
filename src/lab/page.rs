//! `/lab`: watch the flow, break it, see it heal.

use super::{
    diagram::Diagram,
    experiments::Experiments,
    json_client::Native,
    panes::{StampPane, TicketPane},
    thief::Thief,
    tour::GuidedTour,
    workbench::Bench,
};
use crate::{
    app::DemoMode,
    auth::{
        api,
        client::{self, devtools, state::SessionState, use_session},
    },
    pages::not_found::NotFound,
    ui::{focus::focus, notice::ErrorNotice, show::Shown, submission::Submission},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The lab, where there is a demo.
#[component]
pub fn Lab() -> impl IntoView {
    if use_context::<DemoMode>().unwrap_or_default().guests {
        view! { <OpenLab /> }.into_any()
    } else {
        view! { <NotFound /> }.into_any()
    }
}

#[component]
fn OpenLab() -> impl IntoView {
    let bench = Bench::here();
    let window = use_context::<DemoMode>().unwrap_or_default().reuse_window;
    view! {
        <Title text="The lab" />
        <h1>"The lab"</h1>
        <p class="lead">"Watch the two tokens at work, break the flow with your own hands, and see it heal. Everything here is real: the requests, the refusals, the thief."</p>
        <div class="lab">
            <GuidedTour bench />
            <div class="lab-tokens">
                <TicketPane />
                <StampPane recorder=bench.recorder />
            </div>
            <Diagram recorder=bench.recorder />
        </div>
        <AsGuest bench />
        <Experiments bench />
        <Thief bench />
        <Native window />
    }
}

/// A session for whoever has none.
#[component]
fn AsGuest(bench: Bench) -> impl IntoView {
    let session = use_session();
    let is_wanted = Signal::derive(move || {
        matches!(session.state(), SessionState::SignedOut(_)) && !bench.busy.get()
    });
    let trial = Submission::new();
    let busy = trial.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let log_in = async || {
        devtools::restore_network().await;
        client::log_in(api::try_it()).await?;
        // The button is gone with the need for it.
        focus("experiments-title");
        Ok(())
    };
    view! {
        <Shown when=is_wanted>
            <section class="card">
                <p>"The experiments need a session."</p>
                <p class="actions">
                    <button type="button" class="button button-quiet" aria-disabled=is_busy on:click=move |_| trial.send(log_in(), || ())>
                        "Log in as a guest"
                    </button>
                </p>
                <ErrorNotice error=trial.error />
            </section>
        </Shown>
    }
}

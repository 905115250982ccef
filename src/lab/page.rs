//! The page `/lab`.

use super::{
    devtools,
    diagram::Diagram,
    experiments::Experiments,
    json_client::JsonClient,
    learn::Learn,
    panes::{AccessTokenPane, RefreshTokenPane},
    theft::TheftExperiment,
    tour::GuidedTour,
    workbench::Workbench,
};
use crate::{
    demo_mode::DemoMode,
    ui::not_found::NotFound,
    ui::{focus::focus, notice::ErrorNotice, show::ShowWhen, submission::Submission},
};
use handstamp_leptos::{
    client::{self, state::SessionState, use_session},
    server_functions,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The lab in a demo, otherwise the page for unknown addresses.
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
    let workbench = Workbench::of_page();
    let window = use_context::<DemoMode>().unwrap_or_default().reuse_window;
    view! {
        <Title text="The lab" />
        <h1>"The lab"</h1>
        <p class="lead">"Watch the two tokens at work, break the flow with your own hands, and see it recover. Everything here is real: the requests, the refusals, the thief."</p>
        <div class="lab">
            <GuidedTour workbench />
            <div class="lab-tokens">
                <AccessTokenPane />
                <RefreshTokenPane recorder=workbench.recorder />
            </div>
            <Diagram recorder=workbench.recorder />
        </div>
        <GuestLogin workbench />
        <Experiments workbench />
        <TheftExperiment workbench />
        <JsonClient window />
        <Learn />
    }
}

/// The button that logs a guest in.
#[component]
fn GuestLogin(workbench: Workbench) -> impl IntoView {
    let session = use_session();
    let is_wanted = Signal::derive(move || {
        matches!(session.state(), SessionState::LoggedOut(_)) && !workbench.busy.get()
    });
    let login = Submission::new();
    let busy = login.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let log_in = async || {
        devtools::restore_network().await;
        client::log_in(server_functions::try_it()).await?;
        // This button is removed, so the focus moves to the next heading.
        focus("experiments-title");
        Ok(())
    };
    view! {
        <ShowWhen when=is_wanted>
            <section class="card">
                <p>"The experiments need a session."</p>
                <p class="actions">
                    <button type="button" class="button button-quiet" aria-disabled=is_busy on:click=move |_| login.send(log_in(), || ())>
                        "Log in as a guest"
                    </button>
                </p>
                <ErrorNotice error=login.error />
            </section>
        </ShowWhen>
    }
}

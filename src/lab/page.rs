//! The page `/lab`.

use super::{
    diagram::Diagram,
    experiments::Experiments,
    json_client::JsonClient,
    learn::words::{self, WordSwitch},
    panes::TokenPanes,
    stage::{Stage, player::Player},
    theft::TheftExperiment,
    tour::{GuidedTour, Tour},
    workbench::Workbench,
};
use crate::{demo_mode::DemoMode, ui::not_found::NotFound};
use leptos::prelude::*;
use leptos_meta::Title;

/// The id of the stage and what belongs to it.
pub const LAB: &str = "stage-and-script";

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
    words::provide();
    let workbench = Workbench::of_page();
    let player = Player::new(workbench.recorder);
    let tour = Tour::new(workbench, player);
    let window = use_context::<DemoMode>().unwrap_or_default().reuse_window;
    view! {
        <Title text="The lab" />
        <div class="lab-intro">
            <h1>"The lab"</h1>
            <p class="lead">"Watch the two tokens at work, break the flow, and see it recover. The requests are real."</p>
            <WordSwitch />
        </div>
        <div class="lab" id=LAB>
            <div class="lab-stage">
                <Stage player tour />
                <Diagram player />
            </div>
            <div class="lab-script">
                <GuidedTour tour />
                <Experiments workbench />
                <TheftExperiment workbench />
                <TokenPanes recorder=workbench.recorder />
            </div>
        </div>
        <JsonClient window />
    }
}

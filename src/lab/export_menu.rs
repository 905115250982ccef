//! Exports the history, opens a recording, and makes a link that replays it.

use super::{
    export,
    recorder::Recorder,
    recording::{MAX_BYTES, Recording},
};
use crate::ui::{clipboard, live_text::LiveText};
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

const NOT_A_RECORDING: &str = "This file is not a recording of the lab.";

#[component]
pub fn ExportMenu(recorder: Recorder) -> impl IntoView {
    let status = RwSignal::new(String::new());
    let mermaid = move || recorder.export(export::mermaid);
    let copy = move |_| clipboard::copy(mermaid(), status);
    let save = move |_| clipboard::save("handstamp-flow.mmd", &mermaid());
    let save_svg = move |_| clipboard::save("handstamp-flow.svg", &recorder.export(export::svg));
    let save_json = move |_| clipboard::save("handstamp-flow.json", &recorder.export_json());
    let copy_link = move |_| {
        let place = window().location();
        let (origin, path) =
            (place.origin().unwrap_or_default(), place.pathname().unwrap_or_default());
        let fragment = recorder.recording().fragment();
        clipboard::copy(format!("{origin}{path}#{fragment}"), status);
    };
    // A link that replays a recording.
    Effect::new(move || {
        let fragment = window().location().hash().unwrap_or_default();
        if let Some(recording) = Recording::of_fragment(&fragment) {
            recorder.open(&recording);
        }
    });
    let file = NodeRef::<html::Input>::new();
    let open = move |_| {
        let Some(input) = file.get_untracked() else { return };
        let chosen = input.files().and_then(|files| files.get(0));
        input.set_value("");
        let Some(chosen) = chosen else { return };
        if chosen.size() > MAX_BYTES as f64 {
            return status.set(NOT_A_RECORDING.to_owned());
        }
        spawn_local(async move {
            let text = JsFuture::from(chosen.text()).await.ok().and_then(|text| text.as_string());
            match text.as_deref().and_then(Recording::parse) {
                Some(recording) => {
                    let _ = status.try_set(String::new());
                    recorder.open(&recording);
                }
                None => drop(status.try_set(NOT_A_RECORDING.to_owned())),
            }
        });
    };
    view! {
        <details class="export">
            <summary>"Export, replay, clear"</summary>
            <div class="actions diagram-controls">
                <button type="button" class="button button-quiet button-small" on:click=copy>"Copy as Mermaid"</button>
                <button type="button" class="button button-quiet button-small" on:click=save>"Save as Mermaid"</button>
                <button type="button" class="button button-quiet button-small" on:click=save_svg>"Save as SVG"</button>
                <button type="button" class="button button-quiet button-small" on:click=save_json>"Save as JSON"</button>
                <button type="button" class="button button-quiet button-small" on:click=copy_link>"Copy a link that replays it"</button>
                <button type="button" class="button button-quiet button-small" on:click=move |_| recorder.clear()>"Clear"</button>
            </div>
            <label class="hint" for="recording">"Open a recording (JSON)"</label>
            <input type="file" id="recording" accept=".json,application/json" autocomplete="off" node_ref=file on:change=open />
        </details>
        <p class="hint" role="status"><LiveText text=status /></p>
    }
}

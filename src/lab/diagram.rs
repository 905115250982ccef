//! The sequence diagram: the participants, and one row per event.

use super::{
    export::is_response,
    export_menu::ExportMenu,
    flow::{FLOW, What},
    learn::words::{say, use_words},
    row::{Cargo, Lane, Row, Tone},
    stage::player::Player,
};
use crate::ui::{live_text::LiveText, show::ShowWhen};
use leptos::{ev::KeyboardEvent, html, prelude::*};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The number of rows that are drawn at first, and that each click on “Show earlier rows” adds.
const ROWS_PER_PAGE: usize = 100;

/// The diagram of the recorded rows, or of the nineteen steps if there are none yet.
#[component]
pub fn Diagram(player: Player) -> impl IntoView {
    let recorder = player.recorder;
    let limit = RwSignal::new(ROWS_PER_PAGE);
    let drawn = Memo::new(move |_| recorder.last_rows(limit.get()));
    let is_empty = Signal::derive(move || drawn.with(|(rows, _)| rows.is_empty()));
    let sheet = NodeRef::<html::Div>::new();
    // Whether the user has not scrolled away from the current row.
    let follows = StoredValue::new(true);
    let on_scroll = move |_| {
        if let Some(sheet) = sheet.get_untracked() {
            follows.set_value(distance_of_current(&sheet) == 0);
        }
    };
    // Keeps the current row in view, inside of the sheet.
    Effect::new(move || {
        player.at();
        let is_plan = drawn.with(|(rows, _)| rows.is_empty());
        let is_wanted = !player.is_playing() || follows.get_value();
        request_animation_frame(move || {
            if let Some(sheet) = sheet.try_get_untracked().flatten().filter(|_| is_wanted) {
                let top = sheet.scroll_top() + distance_of_current(&sheet);
                sheet.set_scroll_top(if is_plan { 0 } else { top });
            }
        });
    });
    let has_earlier = Signal::derive(move || drawn.with(|(rows, all)| rows.len() < *all));
    let earlier = Signal::derive(move || {
        format!("Show earlier rows ({} more)", drawn.with(|(rows, all)| all - rows.len()))
    });
    let has_second = Signal::derive(move || {
        drawn.with(|(rows, _)| {
            rows.iter().any(|row| row.from.is_second_client() || row.to.is_second_client())
        })
    });
    // A narrow window shows the rows only if the user asks for them.
    let is_open = RwSignal::new(false);
    let expanded = Signal::derive(move || is_open.get().to_string());
    let words = use_words();
    let thief = Signal::derive(move || say(words.get(), "Thief"));
    view! {
        <section class="diagram" class:is-open=is_open class:has-second=has_second aria-labelledby="diagram-title">
            <h2 id="diagram-title"><button type="button" class="link" aria-expanded=expanded on:click=move |_| is_open.update(|open| *open = !*open)>"All events"</button></h2>
            <div class="diagram-body">
                <ShowWhen when=is_empty>
                    <p class="hint">"Preview: the whole flow in nineteen steps. Real requests replace it once you start."</p>
                </ShowWhen>
                <div class="lanes" aria-hidden="true">
                    <span>"Browser"</span><span>"Server"</span><span>"Database"</span>
                    <ShowWhen when=has_second><span><LiveText text=thief /></span></ShowWhen>
                </div>
                <div class="sheet" role="group" aria-label="The events" node_ref=sheet on:scroll=on_scroll>
                    <ShowWhen when=has_earlier>
                        <button type="button" class="link" on:click=move |_| limit.update(|limit| *limit += ROWS_PER_PAGE)><LiveText text=earlier /></button>
                    </ShowWhen>
                    <ol class="rows" class:is-planned=is_empty data-testid="rows" on:keydown=move_focus>
                        <For each=move || drawn.with(|(rows, _)| if rows.is_empty() { planned() } else { rows.clone() }) key=key let:row>
                            <RowItem row player />
                        </For>
                    </ol>
                </div>
                <ExportMenu recorder />
            </div>
        </section>
    }
}

/// Returns how far the sheet has to be scrolled down, in pixels, so that the current row is in view.
fn distance_of_current(sheet: &HtmlElement) -> i32 {
    let row = sheet.query_selector(".is-current").ok().flatten();
    let row = row.or_else(|| sheet.query_selector(".row:last-child").ok().flatten());
    let Some(row) = row else { return 0 };
    let (row, view) = (row.get_bounding_client_rect(), sheet.get_bounding_client_rect());
    let (below, above) = (row.bottom() - view.bottom(), view.top() - row.top());
    // Less than a pixel is the rounding of the browser.
    if below >= 1.0 {
        below.ceil() as i32
    } else if above >= 1.0 {
        -(above.ceil() as i32)
    } else {
        0
    }
}

/// Moves the focus to the row above or below: only the current row is in the tab order.
fn move_focus(key: KeyboardEvent) {
    let target = key.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let row = target.and_then(|target| target.closest(".row").ok().flatten());
    let next = match (row, key.key().as_str()) {
        (Some(row), "ArrowDown") => row.next_element_sibling(),
        (Some(row), "ArrowUp") => row.previous_element_sibling(),
        _ => return,
    };
    key.prevent_default();
    let summary = next.and_then(|row| row.query_selector("summary").ok().flatten());
    if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
        let _ = summary.focus();
    }
}

/// Distinguishes the ids of the plan from those of the history.
fn key(row: &Row) -> (u64, bool) {
    (row.id, row.at < 0.0)
}

/// Returns the nineteen steps as rows.
fn planned() -> Vec<Row> {
    let rows = FLOW.iter().enumerate().map(|(index, step)| Row {
        id: index as u64 + 1,
        at: -1.0,
        from: step.lanes.0,
        to: step.lanes.1,
        is_lost: false,
        cargo: Cargo::Nothing,
        what: step.what,
        step: Some(index + 1),
        tone: match step.what {
            What::CheckedBad | What::Refused => Tone::Bad,
            What::Refresh | What::RefreshTokenChecked | What::Refreshed => Tone::RefreshToken,
            _ => Tone::Plain,
        },
        text: step.title.to_owned(),
        details: if step.is_told() { vec![("Why", step.why.to_owned())] } else { Vec::new() },
        holdings: Arc::default(),
    });
    rows.collect()
}

#[component]
fn RowItem(row: Row, player: Player) -> impl IntoView {
    let Row { id, at, from, to, tone, text, details, step, is_lost, .. } = row;
    let is_plan = at < 0.0;
    let half = if from == Lane::Browser || to == Lane::Browser { "left" } else { "right" };
    let shape = match (from, to) {
        _ if from == to => " is-alone",
        _ if from.column() > to.column() => " is-leftward",
        _ => "",
    };
    let dashed = if is_response(from, to) { " is-dashed" } else { "" };
    let lost = if is_lost { " is-lost" } else { "" };
    let (tone, start, end) = (tone.name(), from.column_name(), to.column_name());
    let class = format!("row row-{half} tone-{tone} from-{start} to-{end}{shape}{dashed}{lost}");
    let participants = if from == to {
        format!("{}: ", from.name())
    } else {
        format!("{} to {}: ", from.name(), to.name())
    };
    let step = step.map(|step| step.to_string()).unwrap_or_default();
    let number = step.clone();
    let words = use_words();
    let facts = details
        .into_iter()
        .map(|(name, value)| {
            let value = Signal::derive(move || say(words.get(), &value));
            view! { <dt>{name}</dt><dd><LiveText text=value /></dd> }.into_any()
        })
        .collect::<Vec<_>>();
    let is_current = Signal::derive(move || !is_plan && player.at() == id);
    let is_future = Signal::derive(move || !is_plan && player.at() < id);
    let current =
        Signal::derive(move || if is_current.get() { "step" } else { "false" }.to_owned());
    // The first row of the plan, so that the sheet can be entered with the keyboard.
    let is_entry = Signal::derive(move || is_current.get() || is_plan && id == 1);
    let tabindex = Signal::derive(move || if is_entry.get() { "0" } else { "-1" }.to_owned());
    let text = Signal::derive(move || say(words.get(), &text));
    let participants = Signal::derive(move || say(words.get(), &participants));
    let show = move |_| {
        if !is_plan {
            player.show(id);
        }
    };
    view! {
        <li class=class class:is-current=is_current class:is-future=is_future aria-current=current data-step=step>
            <span class="row-art" aria-hidden="true">
                <span class="life at-browser"></span>
                <span class="life at-server"></span>
                <span class="life at-database"></span>
                <span class="life at-second"></span>
                <span class="arrow"></span>
            </span>
            <details class="row-words">
                <summary tabindex=tabindex on:click=show>
                    <span class="row-step">{number}</span>
                    <span class="visually-hidden"><LiveText text=participants /></span>
                    <LiveText text />
                </summary>
                <dl class="facts">{facts}</dl>
            </details>
        </li>
    }
}

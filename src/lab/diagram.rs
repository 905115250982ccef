//! The sequence diagram: three participants, and one row per event.

use super::{
    export,
    flow::{FLOW, What},
    recorder::Recorder,
    row::{Lane, Row, Tone},
};
use crate::ui::{clipboard, live_text::LiveText, show::ShowWhen};
use handstamp_leptos::client::use_session;
use leptos::{html, prelude::*};

/// The number of rows that are drawn at first, and that each click on “Show earlier rows” adds.
const ROWS_PER_PAGE: usize = 100;

/// The diagram keeps the newest row in view if it is scrolled to within so many pixels of its end.
const END_MARGIN: i32 = 80;

/// The diagram of the recorded rows, or of the nineteen steps if there are none yet.
#[component]
pub fn Diagram(recorder: Recorder) -> impl IntoView {
    let limit = RwSignal::new(ROWS_PER_PAGE);
    let session = use_session();
    // The plan is shown until the first login.
    let drawn = Memo::new(move |_| {
        let is_unused = session.user().is_none() && !recorder.has_begun();
        if is_unused { Default::default() } else { recorder.last_rows(limit.get()) }
    });
    let is_empty = Signal::derive(move || drawn.with(|(rows, _)| rows.is_empty()));
    let sheet = NodeRef::<html::Div>::new();
    let is_at_end = StoredValue::new(true);
    let on_scroll = move |_| {
        if let Some(sheet) = sheet.get_untracked() {
            let below = sheet.scroll_height() - sheet.scroll_top() - sheet.client_height();
            is_at_end
                .set_value(below < END_MARGIN || drawn.with_untracked(|(rows, _)| rows.is_empty()));
        }
    };
    // Keeps the newest row in view.
    Effect::new(move || {
        let is_plan = drawn.with(|(rows, _)| rows.is_empty());
        request_animation_frame(move || {
            let sheet = sheet.try_get_untracked().flatten();
            if let Some(sheet) = sheet.filter(|_| is_at_end.try_get_value() == Some(true)) {
                sheet.set_scroll_top(if is_plan { 0 } else { sheet.scroll_height() });
            }
        });
    });
    let has_earlier = Signal::derive(move || drawn.with(|(rows, all)| rows.len() < *all));
    let earlier = Signal::derive(move || {
        format!("Show earlier rows ({} more)", drawn.with(|(rows, all)| all - rows.len()))
    });
    view! {
        <section class="diagram" aria-labelledby="diagram-title">
            <h2 id="diagram-title">"What goes over the wire"</h2>
            <ShowWhen when=is_empty>
                <p class="hint">"This is the plan: the whole flow in nineteen steps. It is replaced by what really happens."</p>
            </ShowWhen>
            <div class="sheet" tabindex="0" role="group" aria-label="The diagram" node_ref=sheet on:scroll=on_scroll>
            <div class="lanes" aria-hidden="true"><span>"Browser"</span><span>"Server"</span><span>"Database"</span></div>
            <ShowWhen when=has_earlier>
                <button type="button" class="link" on:click=move |_| limit.update(|limit| *limit += ROWS_PER_PAGE)><LiveText text=earlier /></button>
            </ShowWhen>
            <ol class="rows" class:is-planned=is_empty data-testid="rows">
                <For each=move || drawn.with(|(rows, _)| if rows.is_empty() { planned() } else { rows.clone() }) key=key let:row>
                    <RowItem row />
                </For>
            </ol>
            </div>
            <Controls recorder />
        </section>
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
        what: step.what,
        step: Some(index + 1),
        tone: match step.what {
            What::CheckedBad | What::Refused => Tone::Bad,
            What::Refresh | What::RefreshTokenChecked | What::Refreshed => Tone::RefreshToken,
            _ => Tone::Plain,
        },
        text: step.title.to_owned(),
        details: vec![("Why", step.why.to_owned())],
    });
    rows.collect()
}

#[component]
fn RowItem(row: Row) -> impl IntoView {
    let Row { from, to, tone, text, details, step, .. } = row;
    let (start, end) = (x_position(from), x_position(to));
    let half = if from == Lane::Server && to != Lane::Browser { "right" } else { "left" };
    let shape = match (from, to) {
        _ if from == to => "alone",
        (Lane::Server, Lane::Browser) => "back",
        _ => "out",
    };
    let head = if shape == "back" { "M9 -5 L0 0 L9 5" } else { "M-9 -5 L0 0 L-9 5" };
    let class = format!("row row-{half} row-{shape} tone-{}", tone.name());
    let participants = if from == to {
        format!("{}: ", from.name())
    } else {
        format!("{} to {}: ", from.name(), to.name())
    };
    let step = step.map(|step| step.to_string()).unwrap_or_default();
    let facts = details
        .into_iter()
        .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <li class=class data-step=step.clone()>
            <svg class="row-art" aria-hidden="true">
                <line class="life" x1="4%" x2="4%" y1="0" y2="100%" />
                <line class="life" x1="50%" x2="50%" y1="0" y2="100%" />
                <line class="life" x1="96%" x2="96%" y1="0" y2="100%" />
                <line class="arrow" x1=start x2=end y1="90%" y2="90%" />
                <svg class="head" x=end y="90%" overflow="visible"><path d=head /></svg>
                <circle class="dot" cx=start cy="50%" r="5" />
            </svg>
            <details class="row-words">
                <summary>
                    <span class="row-step">{step.clone()}</span>
                    <span class="visually-hidden">{participants}</span>
                    {text}
                </summary>
                <dl class="facts">{facts}</dl>
            </details>
        </li>
    }
}

fn x_position(lane: Lane) -> &'static str {
    match lane {
        Lane::Browser => "4%",
        Lane::Server => "50%",
        Lane::Database => "96%",
    }
}

#[component]
fn Controls(recorder: Recorder) -> impl IntoView {
    let pause = Signal::derive(move || {
        if recorder.is_paused() { "Go on drawing" } else { "Pause" }.to_owned()
    });
    let copy_status = RwSignal::new(String::new());
    let mermaid = move || recorder.export(export::mermaid);
    let copy = move |_| clipboard::copy(mermaid(), copy_status);
    let save = move |_| clipboard::save("handstamp-flow.mmd", &mermaid());
    let save_json =
        move |_| clipboard::save("handstamp-flow.json", &recorder.export(export::as_json));
    view! {
        <div class="actions diagram-controls">
            <button type="button" class="button button-quiet button-small" on:click=move |_| recorder.toggle_pause()><LiveText text=pause /></button>
            <button type="button" class="button button-quiet button-small" on:click=move |_| recorder.clear()>"Clear"</button>
            <button type="button" class="button button-quiet button-small" on:click=copy>"Copy as Mermaid"</button>
            <button type="button" class="button button-quiet button-small" on:click=save>"Save as Mermaid"</button>
            <button type="button" class="button button-quiet button-small" on:click=save_json>"Save as JSON"</button>
            <span class="hint" role="status"><LiveText text=copy_status /></span>
        </div>
    }
}

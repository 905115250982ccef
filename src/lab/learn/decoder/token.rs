//! The parts of the access token, encoded and decoded, with an explanation of the chosen member.

use super::{
    super::words::Say,
    claims::{self, Explanation, SIGNATURE, TIMES},
    fields::Fields,
    forgery::Unsigned,
};
use crate::ui::{
    datetime::moment_of,
    live_text::LiveText,
    show::{Keyed, ShowWhen},
};
use leptos::prelude::*;

/// What stands for the signature.
pub const MASK: &str = "•••••";

/// The encoded token in three colours; the signature is masked.
#[component]
pub fn Encoded(
    #[prop(into)] parts: Signal<Unsigned>,
    /// What stands for the signature.
    #[prop(into)]
    signature: Signal<String>,
) -> impl IntoView {
    let header = Signal::derive(move || parts.with(|parts| parts.header.clone()));
    let payload = Signal::derive(move || parts.with(|parts| parts.payload.clone()));
    view! {
        <code class="encoded" translate="no">
            <span class="part-header"><LiveText text=header /></span>
            "."
            <span class="part-payload"><LiveText text=payload /></span>
            "."
            <span class="part-signature"><LiveText text=signature /></span>
        </code>
    }
}

/// The token of this page.
#[component]
pub fn Token(#[prop(into)] parts: Signal<Unsigned>) -> impl IntoView {
    let chosen = RwSignal::new(Some("sub".to_owned()));
    let header = Memo::new(move |_| parts.with(|parts| Fields::decode(&parts.header)));
    let payload = Memo::new(move |_| parts.with(|parts| Fields::decode(&parts.payload)));
    let signature = Signal::derive(|| MASK.to_owned());
    view! {
        <div class="token">
            <div class="token-part">
                <h3>"Encoded"</h3>
                <Encoded parts signature />
                <p class="hint"><Say text="Base64url, as it is sent. The signature is hidden: header and payload alone open nothing." /></p>
            </div>
            <div class="token-decoded">
                <div class="token-part">
                    <h3>"Decoded"</h3>
                    <Members class="part-header" title="Header" fields=header chosen />
                    <Members class="part-payload" title="Payload: the claims" fields=payload chosen />
                    <fieldset class="members part-signature">
                        <legend>"Signature"</legend>
                        <Member name=SIGNATURE.to_owned() fields=Signal::derive(|| None) chosen />
                    </fieldset>
                </div>
                <div class="token-part token-explanation" role="status">
                    <Keyed key=chosen>
                        {chosen.get_untracked().and_then(|name| claims::explanation(&name)).map(|explanation| {
                            let fields = if header.with_untracked(|header| has(header, explanation.name)) { header } else { payload };
                            view! { <ExplanationCard explanation fields /> }
                        })}
                    </Keyed>
                </div>
            </div>
        </div>
    }
}

fn has(fields: &Option<Fields>, name: &str) -> bool {
    fields.as_ref().is_some_and(|fields| fields.get(name).is_some())
}

/// The members of one part. They are radio buttons: the arrow keys go from one to the next.
#[component]
fn Members(
    class: &'static str,
    title: &'static str,
    #[prop(into)] fields: Signal<Option<Fields>>,
    chosen: RwSignal<Option<String>>,
) -> impl IntoView {
    let names = Memo::new(move |_| {
        fields.with(|fields| fields.as_ref().map(Fields::names).unwrap_or_default())
    });
    view! {
        <fieldset class=format!("members {class}")>
            <legend>{title}</legend>
            <For each=move || names.get() key=String::clone let:name>
                <Member name fields chosen />
            </For>
        </fieldset>
    }
}

#[component]
fn Member(
    name: String,
    fields: Signal<Option<Fields>>,
    chosen: RwSignal<Option<String>>,
) -> impl IntoView {
    let name = StoredValue::new(name);
    let label = name
        .with_value(|name| if name == SIGNATURE { String::new() } else { format!("\"{name}\": ") });
    let value = Signal::derive(move || name.with_value(|name| value_of(fields, name)));
    let is_time = name.with_value(|name| TIMES.contains(&name.as_str()));
    let time = Signal::derive(move || name.with_value(|name| local_time(fields, name)));
    let is_chosen = Signal::derive(move || {
        name.with_value(|name| chosen.with(|chosen| chosen.as_ref() == Some(name)))
    });
    let choose = move || chosen.set(Some(name.get_value()));
    view! {
        <label class="member" class:is-chosen=is_chosen on:mouseenter=move |_| choose()>
            <input class="visually-hidden" type="radio" name="claim" autocomplete="off" prop:checked=is_chosen on:change=move |_| choose() />
            <code translate="no"><span class="member-name">{label}</span><LiveText text=value /></code>
            <ShowWhen when=Signal::derive(move || is_time)>
                <span class="member-time" translate="no"><LiveText text=time /></span>
            </ShowWhen>
        </label>
    }
}

/// Returns the value of a member as JSON; for the signature, its mask.
fn value_of(fields: Signal<Option<Fields>>, name: &str) -> String {
    if name == SIGNATURE {
        return format!("{MASK} (hidden)");
    }
    fields.with(|fields| {
        let value = fields.as_ref().and_then(|fields| fields.get(name));
        value.map(ToString::to_string).unwrap_or_default()
    })
}

/// Formats a time of the token in the time zone of the browser.
fn local_time(fields: Signal<Option<Fields>>, name: &str) -> String {
    let seconds =
        fields.with(|fields| fields.as_ref().and_then(|fields| fields.get(name)?.as_i64()));
    seconds.map(moment_of).unwrap_or_default()
}

#[component]
fn ExplanationCard(
    explanation: &'static Explanation,
    #[prop(into)] fields: Signal<Option<Fields>>,
) -> impl IntoView {
    let is_time = TIMES.contains(&explanation.name);
    let local_time = Signal::derive(move || local_time(fields, explanation.name));
    let sources = explanation.sources.iter().map(|&(label, url)| {
        view! { <li><a href=url rel="external noopener" target="_blank">{label}</a></li> }
            .into_any()
    });
    view! {
        <h3><code translate="no">{explanation.name}</code></h3>
        <p><Say text=explanation.meaning /></p>
        <dl class="facts">
            <dt>"Value"</dt><dd>{explanation.unit}</dd>
            <ShowWhen when=Signal::derive(move || is_time)>
                <dt>"In your time zone"</dt><dd data-testid="local-time" translate="no"><LiveText text=local_time /></dd>
            </ShowWhen>
            <dt>"The server"</dt><dd><Say text=explanation.server /></dd>
            <dt>"Defined in"</dt><dd><ul class="sources">{sources.collect::<Vec<_>>()}</ul></dd>
        </dl>
    }
}

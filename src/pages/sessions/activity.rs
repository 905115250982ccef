//! The security log of the account, with a filter.

use super::icons::EventIcon;
use crate::ui::{
    datetime::RelativeTime, notice::LoadError, reloadable::Reloadable, show::ShowWhen,
};
use handstamp_protocol::{
    json_api::{Events, ListedEvent},
    paths,
    security_event::{EventCategory, SecurityEvent},
};
use leptos::prelude::*;

/// The events that are shown; `None` for all of them.
type Filter = Option<EventCategory>;

/// The security events of the account, newest first.
#[component]
pub fn Activity(events: Reloadable<Events>) -> impl IntoView {
    let filter = RwSignal::new(None::<EventCategory>);
    let shown = Signal::derive(move || {
        let events = events.value.get().map(|read| read.events).unwrap_or_default();
        let filter = filter.get();
        let is_shown = |event: &ListedEvent| filter.is_none_or(|only| category(event) == only);
        events.into_iter().filter(is_shown).collect::<Vec<_>>()
    });
    let is_empty =
        Signal::derive(move || events.value.with(Option::is_some) && shown.with(Vec::is_empty));
    let choice = move |this: Filter, label: &'static str| {
        let is_chosen = Signal::derive(move || (filter.get() == this).to_string());
        view! {
            <button type="button" class="filter" aria-pressed=is_chosen on:click=move |_| filter.set(this)>{label}</button>
        }
    };
    view! {
        <section class="card card-quiet">
            <h2>"Security activity"</h2>
            <p class="hint"><a href=paths::ACCOUNT>"Don't recognize something? Log out that device and change your password."</a></p>
            <div class="filters" role="group" aria-label="Filter the security activity">
                {choice(None, "All")}
                {choice(Some(EventCategory::Login), "Logins")}
                {choice(Some(EventCategory::Change), "Changes")}
                {choice(Some(EventCategory::Warning), "Warnings")}
            </div>
            <ol class="events" aria-label="Events, newest first">
                <For each=move || shown.get() key=|event| event.id.clone() let:event>
                    <Event event />
                </For>
            </ol>
            <ShowWhen when=is_empty>
                <p class="empty" role="status">"Nothing of this kind in the last 90 days."</p>
            </ShowWhen>
            <LoadError error=events.error retry=events.retry() />
        </section>
    }
}

#[component]
fn Event(event: ListedEvent) -> impl IntoView {
    let category = category(&event);
    let ListedEvent { sentence, at, device, network, .. } = event;
    let place = place(network.as_deref());
    let parts = device.into_iter().chain([place]);
    let parts = parts.map(|part| view! { <bdi>{part}</bdi> }).collect_view();
    view! {
        <li class="event" class:is-warning=category == EventCategory::Warning>
            <EventIcon category />
            <div>
                <p>{sentence}</p>
                <p class="event-about"><RelativeTime at />{parts}</p>
            </div>
        </li>
    }
}

/// Returns the group of an event. An event of a newer server is a change.
fn category(event: &ListedEvent) -> EventCategory {
    SecurityEvent::from_name(&event.kind).map_or(EventCategory::Change, SecurityEvent::category)
}

/// Returns the network of a client as people write it: `192.0.2.x` instead of `192.0.2.0/24`.
pub fn place(network: Option<&str>) -> String {
    let Some(network) = network else { return "Unknown network".to_owned() };
    match network.strip_suffix(".0/24") {
        Some(start) => format!("{start}.x"),
        None => network.trim_end_matches("/48").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn networks_are_shown_without_prefix_lengths() {
        assert_eq!(place(Some("192.0.2.0/24")), "192.0.2.x");
        assert_eq!(place(Some("2001:db8:1::/48")), "2001:db8:1::");
        assert_eq!(place(None), "Unknown network");
    }
}

//! Messages to the user, in live regions for screen readers.

use super::{live_text::LiveText, show::ShowWhen};
use handstamp_leptos::client::{state::SessionState, use_session};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::{html, prelude::*};

/// The error of a form or of a button.
#[component]
pub fn ErrorNotice(
    error: RwSignal<Option<AppError>>,
    /// Whether the form shows the errors of its fields beside them.
    #[prop(optional)]
    beside_fields: bool,
) -> impl IntoView {
    let text = Signal::derive(move || match error.get() {
        Some(error) if beside_fields => error.detail.into_owned(),
        Some(error) => sentence(&error),
        None => String::new(),
    });
    // The error of a single field is read when the field gets the focus.
    let is_wrong = Signal::derive(move || {
        error.get().is_some_and(|error| !beside_fields || error.errors.len() != 1)
    });
    view! {
        <div role="alert">
            <ShowWhen when=is_wrong>
                // The error may count down. A timer is announced when it appears, and not each second.
                <p class="notice notice-error"><span role="timer"><LiveText text /></span></p>
            </ShowWhen>
        </div>
    }
}

/// The limit of automatic retries, because a load may fail for another reason than the network or the session.
const MAX_AUTOMATIC_RETRIES: u32 = 5;

/// The error of a load, with a button to try again. Retries automatically when the server is reachable again, and if
/// the load belonged to the previous session. The error is shown until a load succeeds.
#[component]
pub fn LoadError(error: RwSignal<Option<AppError>>, retry: Callback<()>) -> impl IntoView {
    let session = use_session();
    let retries = StoredValue::new(0);
    Effect::new(move |was_offline: Option<bool>| {
        let state = session.state();
        match error.get() {
            None => retries.set_value(0),
            Some(error) => {
                let has_recovered =
                    was_offline == Some(true) || error.code == ErrorCode::SessionRevoked;
                let may_retry = retries.get_value() < MAX_AUTOMATIC_RETRIES;
                if has_recovered && state == SessionState::LoggedIn && may_retry {
                    retries.update_value(|retries| *retries += 1);
                    retry.run(());
                }
            }
        }
        matches!(state, SessionState::Offline(_))
    });
    let text = Signal::derive(move || error.get().as_ref().map(sentence).unwrap_or_default());
    let is_wrong = Signal::derive(move || error.get().is_some());
    view! {
        <div role="alert">
            <ShowWhen when=is_wrong>
                <p class="notice notice-error">
                    <LiveText text /> " " <button type="button" class="link" on:click=move |_| retry.run(())>"Try again"</button>
                </p>
            </ShowWhen>
        </div>
    }
}

/// The state of a load: the first one is running, or the last one has failed.
#[component]
pub fn LoadState(
    /// Whether the first load is running.
    #[prop(into)]
    is_loading: Signal<bool>,
    error: RwSignal<Option<AppError>>,
    retry: Callback<()>,
) -> impl IntoView {
    view! {
        <ShowWhen when=is_loading>
            <p class="loading" role="status">"Loading…"</p>
        </ShowWhen>
        <LoadError error retry />
    }
}

/// Says that an action has succeeded.
#[component]
pub fn DoneNotice(
    when: RwSignal<bool>,
    /// Whether it takes the focus, because the control that had it is removed.
    #[prop(optional)]
    takes_focus: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::P>::new();
    Effect::new(move || {
        if let Some(node) = node.get().filter(|_| takes_focus) {
            let _ = node.focus();
        }
    });
    view! {
        <div role="status">
            <ShowWhen when>
                <p class="notice notice-success" tabindex="-1" node_ref=node>{children()}</p>
            </ShowWhen>
        </div>
    }
}

/// Returns the server's message, or the message of the first field that has an error.
fn sentence(error: &AppError) -> String {
    match (error.code, &error.request_id) {
        (ErrorCode::Validation, _) => error
            .errors
            .first()
            .map_or_else(|| error.detail.to_string(), |first| first.message.to_string()),
        (_, Some(id)) => format!("{} (Request {id})", error.detail),
        _ => error.detail.to_string(),
    }
}

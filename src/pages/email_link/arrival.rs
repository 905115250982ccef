//! The check of a link when its page is opened, before the user types anything.

use super::link_token;
use crate::ui::{
    component_scope::ComponentScope, focus::focus, live_text::LiveText, show::ShowWhen,
};
use handstamp_leptos::server_functions;
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::LinkDetails,
};
use leptos::prelude::*;

/// What is known about the link of the page.
#[derive(Clone, Copy)]
pub struct Arrival {
    /// What the link is for; `None` until the response, and if the server could not be asked.
    pub details: RwSignal<Option<LinkDetails>>,
    /// Why the link can't be used.
    pub refused: RwSignal<Option<AppError>>,
    is_checking: RwSignal<bool>,
}

impl Arrival {
    /// Checks the link. `page` is the path of its page without the token.
    pub fn new(page: &'static str) -> Self {
        let arrival = Self {
            details: RwSignal::new(None),
            refused: RwSignal::new(None),
            is_checking: RwSignal::new(true),
        };
        let (token, scope) = (link_token(), ComponentScope::current());
        Effect::new(move || {
            let page = page.trim_start_matches('/').to_owned();
            let checking = server_functions::check_link(page, token.run(()));
            scope.spawn(async move {
                match checking.await {
                    Ok(details) => arrival.details.set(Some(details)),
                    Err(error) if is_final(error.code) => arrival.refused.set(Some(error)),
                    // The use of the link shows the error, if there still is one.
                    Err(_) => {}
                }
                arrival.is_checking.set(false);
            });
        });
        arrival
    }

    /// Returns the address that the link was sent to, or an empty string.
    pub fn email(self) -> Signal<String> {
        Signal::derive(move || self.details.get().map(|it| it.email).unwrap_or_default())
    }

    /// Returns the user name of the account, or an empty string.
    pub fn username(self) -> Signal<String> {
        Signal::derive(move || {
            self.details.get().and_then(|details| details.username).unwrap_or_default()
        })
    }

    /// Shows the error of a use of the link in place of the form, if no other attempt can succeed.
    pub fn refuse_if_final(self, error: RwSignal<Option<AppError>>) {
        let failed = error.try_get_untracked().flatten();
        if let Some(failed) = failed.filter(|failed| is_final(failed.code)) {
            error.set(None);
            let _ = self.refused.try_set(Some(failed));
            focus(HEADING);
        }
    }
}

/// Whether the link will never work in this browser.
fn is_final(code: ErrorCode) -> bool {
    use ErrorCode::{LinkExpired, LinkInvalid, LinkOfAnotherBrowser, LinkUsed};
    matches!(code, LinkInvalid | LinkExpired | LinkUsed | LinkOfAnotherBrowser)
}

const HEADING: &str = "link-refused";

/// Shows its children for a link that can be used. Otherwise says why, and offers the next step.
#[component]
pub fn UsableLink(
    arrival: Arrival,
    /// The page and the label of the next step after a link that can't be used.
    next_step: (&'static str, &'static str),
    children: ChildrenFn,
) -> impl IntoView {
    let Arrival { refused, is_checking, .. } = arrival;
    let is_refused = Signal::derive(move || refused.get().is_some());
    let is_usable = Signal::derive(move || !is_checking.get() && refused.get().is_none());
    let reason = Signal::derive(move || {
        refused.get().map(|error| error.detail.into_owned()).unwrap_or_default()
    });
    let (path, label) = next_step;
    view! {
        <ShowWhen when=is_checking>
            <p class="loading" role="status">"Checking the link…"</p>
        </ShowWhen>
        <ShowWhen when=is_refused>
            <h1 id=HEADING tabindex="-1">"This link can't be used"</h1>
            <p class="notice notice-warning" role="alert"><LiveText text=reason /></p>
            <p class="actions"><a class="button" href=path>{label}</a></p>
        </ShowWhen>
        <ShowWhen when=is_usable>{children()}</ShowWhen>
    }
}

//! Why an experiment can't start, and the login as a guest in its place.

use super::{devtools, workbench::Workbench};
use crate::ui::{
    focus::focus, live_text::LiveText, notice::ErrorNotice, show::ShowWhen, submission::Submission,
};
use handstamp_leptos::{
    client::{self, state::SessionState, use_session},
    server_functions,
};
use leptos::prelude::*;

/// The reason why the buttons of a card are disabled, if they are. Without a session it offers a login.
#[component]
pub fn Obstacle(
    workbench: Workbench,
    needs_session: bool,
    /// The id that the buttons name as their description.
    id: &'static str,
    /// The id of the element that gets the focus after the login, because the button is removed.
    card: &'static str,
) -> impl IntoView {
    let session = use_session();
    let why = workbench.obstacle(needs_session);
    let is_closed = Signal::derive(move || !why.with(String::is_empty));
    let is_logged_out = Signal::derive(move || {
        needs_session
            && matches!(session.state(), SessionState::LoggedOut(_))
            && !workbench.busy.get()
    });
    let login = Submission::new();
    let busy = login.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let log_in = move |_| {
        let work = async move {
            devtools::restore_network().await;
            client::log_in(server_functions::try_it()).await?;
            focus(card);
            Ok(())
        };
        login.send(work, || ());
    };
    view! {
        <p class="hint obstacle" id=id>
            <ShowWhen when=is_closed><LiveText text=why /></ShowWhen>
            <ShowWhen when=is_logged_out>
                " " <button type="button" class="link" aria-disabled=is_busy on:click=log_in>"Log in as a guest"</button>
            </ShowWhen>
        </p>
        <ErrorNotice error=login.error />
    }
}

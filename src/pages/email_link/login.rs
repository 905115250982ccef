//! `/magic/{token}`: logs in with a link.

use super::{leave_for, link_token};
use crate::{
    pages::reauthenticate::CodeField,
    ui::{
        field::{SubmitButton, non_empty_value},
        notice::{DoneNotice, ErrorNotice},
        show::ShowWhen,
        submission::Submission,
    },
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{error::ErrorCode, paths};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// Logs in with a link. A user who is logged in already is told so and may still use the link: it may belong to another
/// account, or the login may be needed as a re-authentication.
#[component]
pub fn EmailLinkLogin() -> impl IntoView {
    let session = client::use_session();
    let code = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let is_used = RwSignal::new(false);
    let (token, leave) = (link_token(), leave_for(paths::HOME));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let code = non_empty_value(code);
        let login = client::log_in(server_functions::redeem_magic_link(token.run(()), code));
        let work = async move {
            login.await?;
            // The user may have left the page.
            let _ = leave.try_run(());
            Ok(())
        };
        form.send(work, || ());
    };
    // A user who is logged in has most likely used this link for it.
    Effect::new(move || {
        let is_refused = form.error.get().is_some_and(|error| error.code == ErrorCode::LinkUsed);
        if is_refused && session.user().is_some() {
            form.error.set(None);
            is_used.set(true);
        }
    });
    let is_logged_in = was_logged_in(form);
    let is_logged_out = Signal::derive(move || !is_logged_in.get());
    let is_open = Signal::derive(move || !is_used.get());
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <ShowWhen when=is_logged_out>
                <h1>"Welcome back"</h1>
                <p>"Press the button to log in. The link works once."</p>
            </ShowWhen>
            <ShowWhen when=Signal::from(is_logged_in)>
                <AlreadyLoggedIn />
            </ShowWhen>
            <DoneNotice when=is_used>"This link has been used, and you are logged in."</DoneNotice>
            <ShowWhen when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <ErrorNotice error=form.error />
                    <CodeField node=code form />
                    <ShowWhen when=is_logged_out>
                        <SubmitButton busy=form.busy label="Log in" busy_label="Logging in…" />
                    </ShowWhen>
                    <ShowWhen when=Signal::from(is_logged_in)>
                        <p>
                            "If the link is for another account, or if you have to confirm that it is you, log in with \
                             it. This ends the current session of this browser."
                        </p>
                        <SubmitButton busy=form.busy label="Log in with this link" busy_label="Logging in…" />
                    </ShowWhen>
                </form>
            </ShowWhen>
            <ShowWhen when=is_logged_out>
                <p class="hint"><a href=paths::MAGIC_LINK>"Request a new link"</a></p>
            </ShowWhen>
        </section>
    }
}

/// Whether a user is logged in. Does not change during a login and after a successful one, so that the page stays
/// as it is.
fn was_logged_in(form: Submission) -> Memo<bool> {
    let session = client::use_session();
    Memo::new(move |before: Option<&bool>| {
        if form.busy.get() {
            before.is_some_and(|before| *before)
        } else {
            session.user().is_some()
        }
    })
}

/// Says who is logged in, with a link to the home page.
#[component]
fn AlreadyLoggedIn() -> impl IntoView {
    let session = client::use_session();
    let name = Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default());
    view! {
        <h1>"You are logged in already"</h1>
        <p>"You are logged in as " <strong><bdi>{name}</bdi></strong> "."</p>
        <p class="actions"><a class="button button-quiet" href=paths::HOME>"Go to the home page"</a></p>
    }
}

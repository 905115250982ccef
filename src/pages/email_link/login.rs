//! `/magic/{token}`: logs in with a link.

use super::{
    arrival::{Arrival, UsableLink},
    leave_for_next, link_token,
};
use crate::{
    pages::{
        already_logged_in::LoggedInAs,
        second_step::{self, SecondStep},
    },
    ui::{
        field::SubmitButton,
        notice::{DoneNotice, ErrorNotice},
        show::ShowWhen,
        submission::Submission,
    },
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{error::ErrorCode, paths};
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_meta::Title;

/// Logs in with a link. A user who is logged in already is told so and may still use the link: it may belong to another
/// account, or the login may be needed as a re-authentication.
#[component]
pub fn EmailLinkLogin() -> impl IntoView {
    let session = client::use_session();
    let form = Submission::new();
    let (is_used, is_second_step) = (RwSignal::new(false), RwSignal::new(false));
    let arrival = Arrival::new(paths::MAGIC_LINK);
    // A user who is logged in has most likely used this link for it.
    Effect::new(move || {
        let is_refused =
            arrival.refused.get().is_some_and(|error| error.code == ErrorCode::LinkUsed);
        if is_refused && session.user().is_some() {
            arrival.refused.set(None);
            is_used.set(true);
        }
    });
    let is_logged_in = was_logged_in(form);
    let is_logged_out = Signal::derive(move || !is_logged_in.get());
    let is_open = Signal::derive(move || !is_used.get());
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <ShowWhen when=Signal::from(is_logged_in)>
                <h1>"You're already logged in"</h1>
                <LoggedInAs />
                <p class="actions"><a class="button button-quiet" href=paths::HOME>"Go to the home page"</a></p>
            </ShowWhen>
            <DoneNotice when=is_used>"This link has been used, and you're logged in."</DoneNotice>
            <ShowWhen when=is_open>
                <UsableLink arrival next_step=(paths::MAGIC_LINK, "Request a new link")>
                    <Steps arrival form is_second_step is_logged_out />
                </UsableLink>
            </ShowWhen>
        </section>
    }
}

/// The button that uses the link, and the second step.
#[component]
fn Steps(
    arrival: Arrival,
    form: Submission,
    is_second_step: RwSignal<bool>,
    is_logged_out: Signal<bool>,
) -> impl IntoView {
    let (token, leave) = (link_token(), leave_for_next());
    let code = RwSignal::new(String::new());
    let send = move || {
        let second = Some(code.get_untracked()).filter(|code| !code.is_empty());
        let login = client::log_in(server_functions::redeem_magic_link(token.run(()), second));
        let work = async move {
            login.await?;
            // The user may have left the page.
            let _ = leave.try_run(());
            Ok(())
        };
        form.send(work, move || {
            if !second_step::follows(form, is_second_step) {
                arrival.refuse_if_final(form.error);
            }
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        code.set(String::new());
        send();
    };
    let send_code = Callback::new(move |()| send());
    let back = Callback::new(move |()| {
        form.reset();
        is_second_step.set(false);
    });
    let is_first_step = Signal::derive(move || !is_second_step.get());
    let is_logged_in = Signal::derive(move || !is_logged_out.get());
    let email = arrival.email();
    view! {
        <ShowWhen when=is_first_step>
            <form method="post" on:submit=submit novalidate>
                <ShowWhen when=is_logged_out>
                    <h1>"Log in to Handstamp"</h1>
                    <p><strong><bdi translate="no">{email}</bdi></strong></p>
                    <p>"Click once more to finish logging in."</p>
                </ShowWhen>
                <ErrorNotice error=form.error />
                <ShowWhen when=is_logged_out>
                    <SubmitButton busy=form.busy label="Log in" busy_label="Logging in…" />
                </ShowWhen>
                <ShowWhen when=is_logged_in>
                    <p>
                        "If the link is for another account, or if you need to confirm it's you, log in with it. \
                         This ends the current session of this browser."
                    </p>
                    <SubmitButton busy=form.busy label="Log in with this link" busy_label="Logging in…" />
                </ShowWhen>
            </form>
        </ShowWhen>
        <ShowWhen when=is_second_step>
            <SecondStep form code send=send_code back />
        </ShowWhen>
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

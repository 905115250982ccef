//! The experiments: each one explains itself, sends real requests and reports the result.

use super::{
    api, devtools,
    workbench::{Experiment, Report, Workbench, call_api},
};
use crate::ui::{live_text::LiveText, notice::ErrorNotice, show::ShowWhen};
use futures::future::join_all;
use handstamp_leptos::client;
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::{prelude::*, server_fn::ServerFn};

type Run = fn(Workbench, Report) -> Experiment;

/// The card of an experiment.
struct Card {
    title: &'static str,
    explanation: &'static str,
    buttons: &'static [(&'static str, Run)],
    needs_session: bool,
}

const CARDS: [Card; 7] = [
    Card {
        title: "Call the API",
        explanation: "Sends GET /api/profile with your ticket.",
        buttons: &[("Call", |_, _| Box::pin(call_once()))],
        needs_session: true,
    },
    Card {
        title: "Let the ticket run out",
        explanation: "Shortens your ticket, waits until it has expired, and calls the API with it. The call still works.",
        buttons: &[
            ("In 5 s", |workbench, report| Box::pin(call_with_expired_token(workbench, report, 5))),
            ("In 30 s", |workbench, report| {
                Box::pin(call_with_expired_token(workbench, report, 30))
            }),
            ("In 5 min", |workbench, report| {
                Box::pin(call_with_expired_token(workbench, report, 300))
            }),
        ],
        needs_session: true,
    },
    Card {
        title: "Ten calls at once on an expired ticket",
        explanation: "All ten are refused at the same time. How many refreshes does it take?",
        buttons: &[("Call ten times", |workbench, report| {
            Box::pin(call_ten_times(workbench, report))
        })],
        needs_session: true,
    },
    Card {
        title: "Lose the answer of a refresh",
        explanation: "The server re-inks your stamp, and its answer never arrives, as in a tunnel. You are left with a spent stamp.",
        buttons: &[("Lose it", |workbench, report| {
            Box::pin(lose_refresh_response(workbench, report))
        })],
        needs_session: true,
    },
    Card {
        title: "Log out elsewhere",
        explanation: "Ends this session on the server, as you would in the list of your sessions on another device. This page doesn't learn of it.",
        buttons: &[("End it", |_, _| Box::pin(end_session_elsewhere()))],
        needs_session: true,
    },
    Card {
        title: "Go offline, and back",
        explanation: "Disconnects this page: every request fails.",
        buttons: &[
            ("Cut the wire", |_, _| Box::pin(go_offline())),
            ("Mend it", |_, _| Box::pin(go_online())),
        ],
        needs_session: false,
    },
    Card {
        title: "Log out",
        explanation: "Ends the session in this browser, in all its tabs, and on the server.",
        buttons: &[("Log out here", |_, _| Box::pin(log_out()))],
        needs_session: true,
    },
];

/// The cards of all experiments.
#[component]
pub fn Experiments(workbench: Workbench) -> impl IntoView {
    // Other pages are never disconnected.
    Effect::new(|| on_cleanup(|| leptos::task::spawn_local(devtools::set_offline(false))));
    let cards = CARDS
        .iter()
        .map(|card| view! { <ExperimentCard card workbench /> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <section aria-labelledby="experiments-title">
            <h2 id="experiments-title" tabindex="-1">"Break it yourself"</h2>
            <div class="experiments">
                {cards}
                <section class="card experiment">
                    <h3>"Open a second tab"</h3>
                    <p>"All tabs of a browser share the stamp, and a tab that gets a new ticket hands it to the others. Log out in one of them, or let the thief steal the stamp, and look at the other one."</p>
                    <p class="actions"><a class="button button-quiet button-small" href="/lab" target="_blank" rel="external noopener">"Open"</a></p>
                </section>
            </div>
        </section>
    }
}

#[component]
fn ExperimentCard(card: &'static Card, workbench: Workbench) -> impl IntoView {
    let report = Report::empty();
    let buttons = card
        .buttons
        .iter()
        .map(|&(label, run)| {
            view! { <Start label report workbench run needs_session=card.needs_session /> }
                .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <section class="card experiment" aria-label=card.title>
            <h3>{card.title}</h3>
            <p>{card.explanation}</p>
            <p class="actions">{buttons}</p>
            <Outcome report />
        </section>
    }
}

/// The button that starts an experiment.
#[component]
pub fn Start(
    label: &'static str,
    report: Report,
    workbench: Workbench,
    run: Run,
    needs_session: bool,
) -> impl IntoView {
    let closed = workbench.is_closed(needs_session);
    // `aria-disabled` instead of `disabled`, because a disabled button loses the focus.
    let is_closed = Signal::derive(move || closed.get().to_string());
    let busy = report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let start = move |_| {
        if !closed.get_untracked() {
            workbench.run(report, run(workbench, report));
        }
    };
    view! {
        <button type="button" class="button button-quiet button-small" aria-disabled=is_closed aria-busy=is_busy on:click=start>{label}</button>
    }
}

/// The progress and the result of an experiment.
#[component]
pub fn Outcome(report: Report) -> impl IntoView {
    let result = report.result;
    let has_result = Signal::derive(move || !result.with(String::is_empty));
    let result = Signal::derive(move || result.get());
    let waiting = report.waiting;
    let is_waiting = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    view! {
        // Outside of the live region, because it changes every second.
        <ShowWhen when=is_waiting><p class="hint"><LiveText text=waiting /></p></ShowWhen>
        <div role="status">
            <ShowWhen when=has_result><p class="outcome"><LiveText text=result /></p></ShowWhen>
        </div>
        <ErrorNotice error=report.error />
    }
}

async fn call_once() -> Result<String, AppError> {
    Ok(if call_api().await? {
        "The ticket had expired, or was about to. The interceptor got a new one, and this button saw one call that worked."
    } else {
        "200: the server checked the ticket by itself. No refresh was needed, and the stamp stayed as it was."
    }
    .to_owned())
}

async fn call_with_expired_token(
    workbench: Workbench,
    report: Report,
    seconds: u32,
) -> Result<String, AppError> {
    workbench.let_access_token_expire(report.waiting, seconds).await?;
    Ok(if call_api().await? {
        "The server refused the ticket, the interceptor got a new one with the stamp and sent the call again. The caller saw one call that worked."
    } else {
        "The call worked without a refresh: a new ticket had arrived in time, from another tab or because you returned to this page."
    }
    .to_owned())
}

async fn call_ten_times(workbench: Workbench, report: Report) -> Result<String, AppError> {
    workbench.let_access_token_expire(report.waiting, 1).await?;
    let before = client::generation();
    let calls = join_all((0..10).map(|_| call_api())).await;
    let worked = calls.iter().filter(|call| call.is_ok()).count();
    let tickets = client::generation() - before;
    calls.into_iter().collect::<Result<Vec<_>, _>>()?;
    if tickets == 0 {
        return Ok(format!(
            "{worked} calls worked with a ticket that had arrived from another tab, or because you returned to this page. Try again."
        ));
    }
    Ok(format!(
        "{worked} calls worked, and it took {tickets} new ticket: calls that are refused during a refresh wait for its result."
    ))
}

async fn lose_refresh_response(workbench: Workbench, report: Report) -> Result<String, AppError> {
    workbench.wait_until_rotatable(report.waiting).await;
    if !devtools::refresh_at(<api::LoseRefresh as ServerFn>::PATH).await? {
        return Ok("Another refresh was faster, and no answer was lost. Try again.".to_owned());
    }
    let waiting = "The answer is lost. The page asks again in";
    workbench.wait(report.waiting, waiting, 2000.0).await;
    devtools::refresh().await?;
    let token = workbench.recorder.refresh_token_untracked();
    Ok(if token.is_some_and(|token| token.how == "repeated") {
        "The page used a spent stamp, as a thief would. For a few seconds the server allows that, because two tabs may refresh at once. After that, it would still recognise the lost refresh by its attempt id, a random number that the page makes for each refresh and keeps until an answer arrives. So it gave out the same stamp once more, and you are still logged in."
    } else {
        "The stamp was young, so the server did not re-ink it, and no new stamp was lost. Try again in a moment."
    }
    .to_owned())
}

async fn end_session_elsewhere() -> Result<String, AppError> {
    let session = devtools::claims().ok_or(ErrorCode::SessionRevoked)?.sid;
    client::api::delete(&format!("/api/sessions/{session}")).await?;
    match call_api().await {
        Err(error) if error.status == 401 => Ok("The ticket had not expired, and the very next call was refused all the same: the server keeps a short list of ended sessions in memory until their tickets have expired. The refresh was refused too, and the page told you why.".to_owned()),
        Err(error) => Err(error),
        Ok(_) => Err(ErrorCode::Unavailable.into()),
    }
}

async fn go_offline() -> Result<String, AppError> {
    devtools::set_offline(true).await;
    if devtools::claims().is_none() {
        return Ok("You are logged out, so there is no session to keep. A login fails now, because the server is unreachable.".to_owned());
    }
    // The call fails and makes the client notice.
    let _ = call_api().await;
    Ok("The server does not answer. The page says so, keeps the session, and retries automatically, with growing pauses. Being offline never logs anybody out.".to_owned())
}

async fn go_online() -> Result<String, AppError> {
    devtools::set_offline(false).await;
    if devtools::claims().is_none() {
        return Ok("The page is connected.".to_owned());
    }
    call_api().await?;
    Ok("The server answers again, and you are logged in as before.".to_owned())
}

async fn log_out() -> Result<String, AppError> {
    client::log_out();
    Ok("The page deleted the ticket at once and told its other tabs. The server deletes the stamp and refuses the ticket; if it is unreachable, it is told later.".to_owned())
}

//! The buttons: each does the real thing, with a sentence before and a sentence after.

use super::{
    api,
    workbench::{Bench, Report, Work, call},
};
use crate::{
    auth::client::{self, devtools},
    error::{AppError, ErrorCode},
    ui::{live_text::LiveText, notice::ErrorNotice, show::Shown},
};
use futures::future::join_all;
use leptos::{prelude::*, server_fn::ServerFn};

type Run = fn(Bench, Report) -> Work;

/// What can be tried.
struct Experiment {
    title: &'static str,
    before: &'static str,
    buttons: &'static [(&'static str, Run)],
    /// Whether it makes sense for somebody who is logged in alone.
    needs_session: bool,
}

const EXPERIMENTS: [Experiment; 7] = [
    Experiment {
        title: "Call the API",
        before: "Sends GET /api/profile with the ticket that you hold.",
        buttons: &[("Call", |_, _| Box::pin(call_once()))],
        needs_session: true,
    },
    Experiment {
        title: "Let the ticket run out",
        before: "Has your ticket cut shorter, waits until it is over, and calls the API with it. The call will work all the same.",
        buttons: &[
            ("In 5 s", |bench, report| Box::pin(run_out(bench, report, 5))),
            ("In 30 s", |bench, report| Box::pin(run_out(bench, report, 30))),
            ("In 5 min", |bench, report| Box::pin(run_out(bench, report, 300))),
        ],
        needs_session: true,
    },
    Experiment {
        title: "Ten calls at once on an expired ticket",
        before: "All ten will be refused at the same time. How many refreshes does it take?",
        buttons: &[("Call ten times", |bench, report| Box::pin(ten_calls(bench, report)))],
        needs_session: true,
    },
    Experiment {
        title: "Lose the answer of a refresh",
        before: "The server re-inks your stamp, and its answer never arrives: as in a tunnel. You are left with a spent stamp.",
        buttons: &[("Lose it", |bench, report| Box::pin(lose(bench, report)))],
        needs_session: true,
    },
    Experiment {
        title: "Sign out elsewhere",
        before: "Ends this session on the server, as you would from the list of your sessions on another device. This page isn't told.",
        buttons: &[("End it", |_, _| Box::pin(end_elsewhere()))],
        needs_session: true,
    },
    Experiment {
        title: "Go offline, and back",
        before: "Cuts the wire of this page: no request gets through any more.",
        buttons: &[("Cut the wire", |_, _| Box::pin(cut())), ("Mend it", |_, _| Box::pin(mend()))],
        needs_session: false,
    },
    Experiment {
        title: "Log out",
        before: "Ends the session in this browser, in all its tabs, and on the server.",
        buttons: &[("Log out here", |_, _| Box::pin(log_out()))],
        needs_session: true,
    },
];

/// All of them.
#[component]
pub fn Experiments(bench: Bench) -> impl IntoView {
    // Whoever leaves finds a page whose wire is whole.
    Effect::new(|| on_cleanup(|| leptos::task::spawn_local(devtools::set_offline(false))));
    let all = EXPERIMENTS
        .iter()
        .map(|experiment| view! { <OneExperiment experiment bench /> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <section aria-labelledby="experiments-title">
            <h2 id="experiments-title" tabindex="-1">"Break it yourself"</h2>
            <div class="experiments">
                {all}
                <section class="card experiment">
                    <h3>"Open a second tab"</h3>
                    <p>"All tabs of a browser share the stamp, and a tab that gets a new ticket hands it to the others. Log out in one of them, or let the thief in, and look at the other one."</p>
                    <p class="actions"><a class="button button-quiet button-small" href="/lab" target="_blank" rel="external noopener">"Open"</a></p>
                </section>
            </div>
        </section>
    }
}

#[component]
fn OneExperiment(experiment: &'static Experiment, bench: Bench) -> impl IntoView {
    let report = Report::blank();
    let buttons = experiment
        .buttons
        .iter()
        .map(|&(label, run)| {
            view! { <Start label report bench run needs_session=experiment.needs_session /> }
                .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <section class="card experiment" aria-label=experiment.title>
            <h3>{experiment.title}</h3>
            <p>{experiment.before}</p>
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
    bench: Bench,
    run: Run,
    needs_session: bool,
) -> impl IntoView {
    let closed = bench.is_closed(needs_session);
    // It keeps the focus: a button that is disabled loses it.
    let is_closed = Signal::derive(move || closed.get().to_string());
    let busy = report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let start = move |_| {
        if !closed.get_untracked() {
            bench.run(report, run(bench, report));
        }
    };
    view! {
        <button type="button" class="button button-quiet button-small" aria-disabled=is_closed aria-busy=is_busy on:click=start>{label}</button>
    }
}

/// What became of it.
#[component]
pub fn Outcome(report: Report) -> impl IntoView {
    let words = report.words;
    let has_words = Signal::derive(move || !words.with(String::is_empty));
    let words = Signal::derive(move || words.get());
    let waiting = report.waiting;
    let waits = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    view! {
        // Not read out: it changes every second.
        <Shown when=waits><p class="hint"><LiveText text=waiting /></p></Shown>
        <div role="status">
            <Shown when=has_words><p class="outcome"><LiveText text=words /></p></Shown>
        </div>
        <ErrorNotice error=report.error />
    }
}

async fn call_once() -> Result<String, AppError> {
    Ok(if call().await? {
        "The ticket was over, or about to be. The interceptor got a new one, and this button saw one call that worked."
    } else {
        "200: the server checked the ticket by itself. No refresh was needed, and the stamp stayed where it is."
    }
    .to_owned())
}

async fn run_out(bench: Bench, report: Report, seconds: u32) -> Result<String, AppError> {
    bench.let_ticket_run_out(report.waiting, seconds).await?;
    Ok(if call().await? {
        "The server refused the ticket, the interceptor showed the stamp for a new one and sent the call again. The caller saw one call that worked."
    } else {
        "The call worked without a refresh: a new ticket had come in time, by another tab or because you came back to this page."
    }
    .to_owned())
}

async fn ten_calls(bench: Bench, report: Report) -> Result<String, AppError> {
    bench.let_ticket_run_out(report.waiting, 1).await?;
    let before = client::generation();
    let calls = join_all((0..10).map(|_| call())).await;
    let worked = calls.iter().filter(|call| call.is_ok()).count();
    let tickets = client::generation() - before;
    calls.into_iter().collect::<Result<Vec<_>, _>>()?;
    if tickets == 0 {
        return Ok(format!(
            "{worked} calls worked with a ticket that had come meanwhile, by another tab or because you came back to this page. Try again."
        ));
    }
    Ok(format!(
        "{worked} calls worked, and it took {tickets} new ticket: whoever comes while a refresh is under way waits for that one."
    ))
}

async fn lose(bench: Bench, report: Report) -> Result<String, AppError> {
    bench.wait_for_ink(report.waiting).await;
    if !devtools::refresh_at(<api::LoseRefresh as ServerFn>::PATH).await? {
        return Ok("Another refresh was faster, and nothing got lost. Try again.".to_owned());
    }
    bench.wait(report.waiting, "The answer is lost. The page asks again in", 2000.0).await;
    devtools::refresh().await?;
    let stamp = bench.recorder.stamp_now();
    Ok(if stamp.is_some_and(|stamp| stamp.how == "repeated") {
        "The page showed a spent stamp, as a thief would. For a few seconds nobody minds: two tabs may ask at once. And however late it came, the server would know the refresh that got lost by its attempt id, a number that the page makes up for each refresh and keeps until an answer comes. So it gave out the same stamp once more, and you are still logged in."
    } else {
        "The stamp was young, so the server had left it as it was, and there was nothing to lose. Try again in a moment."
    }
    .to_owned())
}

async fn end_elsewhere() -> Result<String, AppError> {
    let session = devtools::claims().ok_or(ErrorCode::SessionRevoked)?.sid;
    client::api::delete(&format!("/api/sessions/{session}")).await?;
    match call().await {
        Err(error) if error.status == 401 => Ok("By its date the ticket was still good, and the very next call was refused all the same: the server keeps a short list of ended sessions in memory, for as long as their tickets could live. The refresh was refused, too, and the page told you why.".to_owned()),
        Err(error) => Err(error),
        Ok(_) => Err(ErrorCode::Unavailable.into()),
    }
}

async fn cut() -> Result<String, AppError> {
    devtools::set_offline(true).await;
    if devtools::claims().is_none() {
        return Ok("Nobody is logged in here, so there is nothing to lose: a login says now that the server is out of reach.".to_owned());
    }
    // Only what is asked for shows that nobody answers.
    let _ = call().await;
    Ok("Nobody answers. The page says so, keeps what it has, and tries again by itself, ever more slowly. Being offline never logs anybody out.".to_owned())
}

async fn mend() -> Result<String, AppError> {
    devtools::set_offline(false).await;
    if devtools::claims().is_none() {
        return Ok("The wire is whole.".to_owned());
    }
    call().await?;
    Ok("The server answers again, and you are logged in as before.".to_owned())
}

async fn log_out() -> Result<String, AppError> {
    client::log_out();
    Ok("The page forgot the ticket at once and told its other tabs. The server is told, too, to delete the stamp and to refuse the ticket; where it is out of reach, it is told later.".to_owned())
}

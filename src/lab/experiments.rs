//! The buttons: each does the real thing, with a sentence before and a sentence after.

use super::{
    api,
    bench::{Bench, Report, Work, call},
};
use crate::{
    auth::client::{self, study},
    error::{AppError, ErrorCode},
    ui::{notice::ErrorNotice, shown::Shown},
};
use futures::future::join_all;
use leptos::{prelude::*, server_fn::ServerFn};

type Run = fn(Bench, Report) -> Work;

/// What can be tried.
struct Experiment {
    title: &'static str,
    before: &'static str,
    buttons: &'static [(&'static str, Run)],
}

const EXPERIMENTS: [Experiment; 7] = [
    Experiment {
        title: "Call the API",
        before: "Sends GET /api/profile with the ticket that you hold.",
        buttons: &[("Call", |_, _| Box::pin(call_once()))],
    },
    Experiment {
        title: "Let the ticket run out",
        before: "Has your ticket cut shorter, waits until it is over, and calls the API with it. The call will work all the same.",
        buttons: &[
            ("In 5 s", |bench, report| Box::pin(run_out(bench, report, 5))),
            ("In 30 s", |bench, report| Box::pin(run_out(bench, report, 30))),
            ("In 5 min", |bench, report| Box::pin(run_out(bench, report, 300))),
        ],
    },
    Experiment {
        title: "Ten calls at once on an expired ticket",
        before: "All ten will be refused at the same time. How many refreshes does it take?",
        buttons: &[("Call ten times", |bench, report| Box::pin(ten_calls(bench, report)))],
    },
    Experiment {
        title: "Lose the answer of a refresh",
        before: "The server re-inks your stamp, and its answer never arrives: as in a tunnel. You are left with a spent stamp.",
        buttons: &[("Lose it", |bench, report| Box::pin(lose(bench, report)))],
    },
    Experiment {
        title: "Sign out elsewhere",
        before: "Ends this session in the database, as you would from another device. This page isn't told.",
        buttons: &[("End it", |_, _| Box::pin(end_elsewhere()))],
    },
    Experiment {
        title: "Go offline, and back",
        before: "Cuts the wire of this page: no request gets through any more.",
        buttons: &[
            ("Cut the wire", |_, _| Box::pin(cut())),
            ("Mend it", |_, _| Box::pin(mend())),
        ],
    },
    Experiment {
        title: "Log out",
        before: "Ends the session in this browser, in all its tabs, and on the server.",
        buttons: &[("Log out everywhere here", |_, _| Box::pin(log_out()))],
    },
];

/// All of them.
#[component]
pub fn Experiments(bench: Bench) -> impl IntoView {
    // Whoever leaves finds a page whose wire is whole.
    Effect::new(|| on_cleanup(|| leptos::task::spawn_local(study::cut_wire(false))));
    let all = EXPERIMENTS
        .iter()
        .map(|experiment| view! { <OneExperiment experiment bench /> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <section aria-labelledby="experiments-title">
            <h2 id="experiments-title">"Break it yourself"</h2>
            <div class="experiments">
                {all}
                <section class="card experiment">
                    <h3>"Open a second tab"</h3>
                    <p>"Both tabs share the stamp, and each has a ticket of its own. Let it run out in one of them, or log out there, and look at the other one."</p>
                    <p class="actions"><a class="button button-quiet button-small" href="/lab" target="_blank" rel="external noopener">"Open"</a></p>
                </section>
            </div>
        </section>
    }
}

#[component]
fn OneExperiment(experiment: &'static Experiment, bench: Bench) -> impl IntoView {
    let report = Report::new();
    let buttons = experiment
        .buttons
        .iter()
        .map(|&(label, run)| view! { <Start label report bench run /> }.into_any())
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
pub fn Start(label: &'static str, report: Report, bench: Bench, run: Run) -> impl IntoView {
    let closed = bench.is_closed();
    let busy = report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    view! {
        <button class="button button-quiet button-small" disabled=closed aria-busy=is_busy
            on:click=move |_| bench.run(report, run(bench, report))>{label}</button>
    }
}

/// What became of it.
#[component]
pub fn Outcome(report: Report) -> impl IntoView {
    let words = report.words;
    let has_words = Signal::derive(move || !words.with(String::is_empty));
    let words = Signal::derive(move || words.get());
    view! {
        <div role="status">
            <Shown when=has_words><p class="outcome">{words}</p></Shown>
        </div>
        <ErrorNotice error=report.error />
    }
}

async fn call_once() -> Result<String, AppError> {
    Ok(if call().await? {
        "The ticket was over, or about to be. The interceptor got a new one, and this button saw one call that worked."
    } else {
        "200: the server checked a signature and a date. No refresh was needed, and the stamp stayed where it is."
    }
    .to_owned())
}

async fn run_out(bench: Bench, report: Report, seconds: u32) -> Result<String, AppError> {
    bench.let_ticket_run_out(report.words, seconds).await?;
    Ok(if call().await? {
        "The server refused the ticket, the interceptor showed the stamp for a new one and sent the call again. The caller saw one call that worked."
    } else {
        "The call worked without a refresh in this tab: another one had brought a new ticket in time."
    }
    .to_owned())
}

async fn ten_calls(bench: Bench, report: Report) -> Result<String, AppError> {
    bench.let_ticket_run_out(report.words, 1).await?;
    let before = client::generation();
    let calls = join_all((0..10).map(|_| call())).await;
    let worked = calls.iter().filter(|call| call.is_ok()).count();
    let tickets = client::generation() - before;
    calls.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(format!(
        "{worked} calls worked, and it took {tickets} new ticket: whoever comes while a refresh is under way waits for that one."
    ))
}

async fn lose(bench: Bench, report: Report) -> Result<String, AppError> {
    bench.wait_for_ink(report.words).await;
    study::detour_refresh(<api::LoseRefresh as ServerFn>::PATH);
    match study::refresh().await {
        // The session itself was over.
        Err(error) if error.status == 401 => return Err(error),
        _ => {}
    }
    bench.wait(report.words, "The answer is lost. The page asks again in", 2000.0).await;
    study::refresh().await?;
    Ok("The page showed a spent stamp, as a thief would. But it brought the attempt id of the refresh that got lost, and so the server gave out the same stamp once more. You are still logged in.".to_owned())
}

async fn end_elsewhere() -> Result<String, AppError> {
    let session = study::claims().ok_or(ErrorCode::SessionRevoked)?.sid;
    client::api::delete(&format!("/api/sessions/{session}")).await?;
    match call().await {
        Err(error) if error.status == 401 => Ok("By its date the ticket was still good, and the very next call was refused all the same: the server keeps the ended sessions in memory for as long as their tickets could live. The refresh was refused, too, and the page told you why.".to_owned()),
        Err(error) => Err(error),
        Ok(_) => Err(ErrorCode::Unavailable.into()),
    }
}

async fn cut() -> Result<String, AppError> {
    study::cut_wire(true).await;
    // Only what is asked for shows that nobody answers.
    let _ = call().await;
    Ok("Nobody answers. The page says so, keeps what it has, and tries again by itself, ever more slowly. Being offline never logs anybody out.".to_owned())
}

async fn mend() -> Result<String, AppError> {
    study::cut_wire(false).await;
    call().await?;
    Ok("The server answers again, and you are logged in as before.".to_owned())
}

async fn log_out() -> Result<String, AppError> {
    client::log_out();
    Ok("The page forgot the ticket at once and told its other tabs. The server deleted the stamp and refuses the ticket from now on.".to_owned())
}

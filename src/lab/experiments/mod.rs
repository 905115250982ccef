//! The experiments: each one explains itself, sends real requests and reports the result.

pub mod card;
mod runs;

pub use card::{Experiments, Outcome, Start};

use super::workbench::{Experiment, Report, Workbench};

type Run = fn(Workbench, Report) -> Experiment;

/// The card of an experiment.
struct Card {
    /// The id of the card, for links.
    id: &'static str,
    obstacle: &'static str,
    title: &'static str,
    explanation: &'static str,
    /// A question to answer before the experiment runs.
    prediction: Option<&'static Prediction>,
    buttons: &'static [(&'static str, Run)],
    needs_session: bool,
}

/// A question about the result, with the index of the right option.
struct Prediction {
    question: &'static str,
    options: &'static [&'static str],
    right: usize,
}

const CARDS: [Card; 8] = [
    Card {
        id: "experiment-call",
        obstacle: "obstacle-call",
        title: "Call the API",
        explanation: "Sends GET /api/profile with your ticket.",
        prediction: None,
        buttons: &[("Call", |_, _| Box::pin(runs::call_once()))],
        needs_session: true,
    },
    Card {
        id: "experiment-expire",
        obstacle: "obstacle-expire",
        title: "Let the ticket expire",
        explanation: "Shortens your ticket, waits until it has expired, and calls the API with it. The call still works.",
        prediction: None,
        buttons: &[
            ("In 5 s", |workbench, report| {
                Box::pin(runs::call_with_expired_token(workbench, report, 5))
            }),
            ("In 30 s", |workbench, report| {
                Box::pin(runs::call_with_expired_token(workbench, report, 30))
            }),
            ("In 5 min", |workbench, report| {
                Box::pin(runs::call_with_expired_token(workbench, report, 300))
            }),
        ],
        needs_session: true,
    },
    Card {
        id: "experiment-time",
        obstacle: "obstacle-time",
        title: "Let time pass",
        explanation: "Moves the times of your session into the past, as if you had been away for so long, and calls the API.",
        prediction: None,
        buttons: &[
            ("20 minutes", |workbench, _| Box::pin(runs::call_after(workbench, 20 * 60))),
            ("A day", |workbench, _| Box::pin(runs::call_after(workbench, 86_400))),
            ("A year", |workbench, _| Box::pin(runs::call_after(workbench, 366 * 86_400))),
        ],
        needs_session: true,
    },
    Card {
        id: "experiment-ten",
        obstacle: "obstacle-ten",
        title: "Ten calls at once on an expired ticket",
        explanation: "All ten are refused at once.",
        prediction: Some(&Prediction {
            question: "How many refreshes will it take?",
            options: &["Ten", "One", "None"],
            right: 1,
        }),
        buttons: &[("Call ten times", |workbench, report| {
            Box::pin(runs::call_ten_times(workbench, report))
        })],
        needs_session: true,
    },
    Card {
        id: "experiment-lost",
        obstacle: "obstacle-lost",
        title: "Lose a refresh response",
        explanation: "The server replaces your stamp, and its response never arrives, as if your train entered a tunnel. You still hold the old stamp.",
        prediction: Some(&Prediction {
            question: "The page refreshes again with the old stamp. What does the server do?",
            options: &[
                "It ends the session, as for a thief",
                "It sends the same new stamp again",
                "It replaces the stamp once more",
            ],
            right: 1,
        }),
        buttons: &[("Drop the response", |workbench, report| {
            Box::pin(runs::lose_refresh_response(workbench, report))
        })],
        needs_session: true,
    },
    Card {
        id: "experiment-elsewhere",
        obstacle: "obstacle-elsewhere",
        title: "End this session remotely",
        explanation: "Ends this session on the server, as you would in the list of your sessions on another device. This page is not told.",
        prediction: Some(&Prediction {
            question: "The ticket has not expired. Does the next call work?",
            options: &["Yes, until the ticket expires", "No, it is refused at once"],
            right: 1,
        }),
        buttons: &[("End session", |_, _| Box::pin(runs::end_session_elsewhere()))],
        needs_session: true,
    },
    Card {
        id: "experiment-offline",
        obstacle: "obstacle-offline",
        title: "Go offline, and back",
        explanation: "Blocks every request of this page.",
        prediction: None,
        buttons: &[
            ("Go offline", |_, _| Box::pin(runs::go_offline())),
            ("Go online", |_, _| Box::pin(runs::go_online())),
        ],
        needs_session: false,
    },
    Card {
        id: "experiment-logout",
        obstacle: "obstacle-logout",
        title: "Log out",
        explanation: "Ends the session in this browser, in all its tabs, and on the server.",
        prediction: None,
        buttons: &[("Log out here", |_, _| Box::pin(runs::log_out()))],
        needs_session: true,
    },
];

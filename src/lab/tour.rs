//! The guided tour: the nineteen steps, one at a time. The client itself is held at every step, so what the page
//! shows is how far it has come.

use super::{
    bench::{Bench, Report, call},
    flow::{FLOW, begins},
};
use crate::{
    auth::{
        api,
        client::{self, state::SessionState, study, trace::Listening, use_session},
    },
    error::{AppError, ErrorCode},
    ui::{focus::focus, notice::ErrorNotice, shown::Shown},
};
use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, select},
};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long the next step may take, in milliseconds.
const PATIENCE: f64 = 20_000.0;

/// The button that begins the tour, and the one that goes on.
const START: &str = "tour-start";
const NEXT: &str = "tour-next";

/// The life of the ticket that runs out in the tour, in seconds.
const SHORT: u32 = 3;

/// Why a step doesn't come.
enum Stop {
    /// The tour was left.
    Left,
    /// Something went wrong.
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// What the tour waits for and what waits for the tour.
#[derive(Default)]
struct Stage {
    /// The requests that are held.
    held: RefCell<Vec<oneshot::Sender<()>>>,
    /// Who wants to know when anything happens.
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// Hears the steps of the client.
    listening: RefCell<Option<Listening>>,
    /// What became of the work that was begun last; nothing while it is on its way.
    outcome: RefCell<Option<Result<(), AppError>>>,
    /// Whether the tour was left: nobody is held any more.
    is_over: Cell<bool>,
}

impl Stage {
    /// Holds the client at every step from now on.
    fn hold_client(self: &Rc<Self>) {
        if !self.is_over.get() {
            let stage = Rc::clone(self);
            study::pace(Some(Rc::new(move || Rc::clone(&stage).hold().boxed_local())));
        }
    }

    /// Holds whoever waits for this, until the tour goes on.
    async fn hold(self: Rc<Self>) {
        if self.is_over.get() {
            return;
        }
        let (go, gone) = oneshot::channel();
        self.held.borrow_mut().push(go);
        self.ring();
        let _ = gone.await;
    }

    fn release(&self) {
        for held in self.held.take() {
            let _ = held.send(());
        }
    }

    fn ring(&self) {
        for waiting in self.waiting.take() {
            let _ = waiting.send(());
        }
    }

    /// The tour is left, or at its end: the client runs.
    fn close(&self) {
        self.is_over.set(true);
        study::pace(None);
        self.listening.take();
        self.release();
        self.ring();
    }

    /// Something that happens from now on.
    async fn next(&self) -> Result<(), Stop> {
        let (tell, told) = oneshot::channel();
        self.waiting.borrow_mut().push(tell);
        let came = select(told, study::sleep(PATIENCE).boxed_local()).await;
        match came {
            _ if self.is_over.get() => Err(Stop::Left),
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(AppError::from(ErrorCode::Unavailable).into()),
        }
    }

    /// Begins work that is held at every step.
    fn begin(self: &Rc<Self>, work: impl Future<Output = Result<(), AppError>> + 'static) {
        self.outcome.replace(None);
        let stage = Rc::clone(self);
        spawn_local(async move {
            let done = work.await;
            stage.outcome.replace(Some(done));
            stage.ring();
        });
    }

    /// Waits until the work that was begun last is done.
    async fn finish(&self) -> Result<(), Stop> {
        loop {
            let done = self.outcome.borrow().clone();
            if let Some(done) = done {
                return Ok(done?);
            }
            self.release();
            self.next().await?;
        }
    }
}

/// The tour, as the page sees it.
#[derive(Clone, Copy)]
struct Tour {
    bench: Bench,
    /// How many steps are done; nothing before it begins.
    done: RwSignal<Option<usize>>,
    report: Report,
    stage: StoredValue<Option<SendWrapper<Rc<Stage>>>>,
}

impl Tour {
    fn start(self) {
        if self.bench.busy.get_untracked() {
            return;
        }
        self.bench.busy.set(true);
        self.report.busy.set(false);
        self.report.error.set(None);
        let stage = Rc::<Stage>::default();
        let ringing = Rc::downgrade(&stage);
        stage.listening.replace(Some(study::trace().listen(move |_| {
            if let Some(stage) = ringing.upgrade() {
                stage.ring();
            }
        })));
        self.stage.set_value(Some(SendWrapper::new(Rc::clone(&stage))));
        self.bench.recorder.follow(0);
        self.done.set(Some(0));
        focus(NEXT);
        self.bench.while_shown.spawn(async move {
            study::mend_wire().await;
            stage.hold_client();
            self.go_on();
        });
    }

    /// Lets the client run again, and shows everything that happens.
    fn stop(self) {
        let stage = self.stage.try_update_value(Option::take).flatten();
        if let Some(stage) = stage {
            stage.close();
            self.bench.recorder.stop_following();
            let _ = self.bench.busy.try_set(false);
            let _ = self.report.waiting.try_set(String::new());
        }
    }

    fn leave(self) {
        self.stop();
        self.done.set(None);
        focus(START);
    }

    /// Goes one step further.
    fn go_on(self) {
        let (Some(done), Some(stage)) = (self.done.get_untracked(), self.stage.get_value()) else {
            return;
        };
        if self.report.busy.get_untracked() || done == FLOW.len() {
            return;
        }
        self.report.busy.set(true);
        let stage = Rc::clone(&stage);
        self.bench.while_shown.spawn(async move {
            let came = self.advance(&stage, done).await;
            // Whoever has left may have begun anew meanwhile.
            if stage.is_over.get() {
                return;
            }
            self.report.busy.set(false);
            match came {
                Ok(()) => {
                    self.done.set(Some(done + 1));
                    if done + 1 == FLOW.len() {
                        self.stop();
                    }
                }
                Err(Stop::Left) => {}
                Err(Stop::Failed(error)) => {
                    self.report.error.set(Some(error));
                    self.leave();
                }
            }
        });
    }

    /// Brings the step after `done` about, and shows it.
    async fn advance(self, stage: &Rc<Stage>, done: usize) -> Result<(), Stop> {
        let recorder = self.bench.recorder;
        match done {
            begins::LOG_IN => stage.begin(client::begin(api::try_it())),
            begins::FIRST_CALL | begins::SECOND_CALL => {
                stage.finish().await?;
                stage.begin(ask());
            }
            begins::LATE_CALL => {
                stage.finish().await?;
                self.begin_late(stage).await?;
            }
            _ => {}
        }
        while recorder.followed() <= done {
            let ended = stage.outcome.borrow().clone();
            match ended {
                // Somebody else has refreshed meanwhile, another tab or a page that was looked at again:
                // the call that was to be late was none.
                Some(Ok(())) if done >= begins::LATE_CALL => {
                    recorder.follow(begins::LATE_CALL);
                    self.begin_late(stage).await?;
                }
                Some(Ok(())) => return Err(AppError::from(ErrorCode::Unavailable).into()),
                Some(Err(error)) => return Err(error.into()),
                None => {
                    stage.release();
                    stage.next().await?;
                }
            }
        }
        recorder.reveal(done + 1);
        Ok(())
    }

    /// Lets the ticket run out, and begins the call that comes too late.
    async fn begin_late(self, stage: &Rc<Stage>) -> Result<(), Stop> {
        // Nobody is held at what is no step of the flow.
        study::pace(None);
        stage.release();
        let over = self.bench.let_ticket_run_out(self.report.waiting, SHORT).await;
        if stage.is_over.get() {
            return Err(Stop::Left);
        }
        stage.hold_client();
        over?;
        stage.begin(ask());
        Ok(())
    }
}

/// Calls the API.
async fn ask() -> Result<(), AppError> {
    call().await.map(|_| ())
}

/// The tour.
#[component]
pub fn GuidedTour(bench: Bench) -> impl IntoView {
    let session = use_session();
    let tour = Tour {
        bench,
        done: RwSignal::new(None),
        report: Report::blank(),
        stage: StoredValue::new(None),
    };
    // In the browser alone: nothing is held on the server.
    Effect::new(move || on_cleanup(move || tour.stop()));
    // A session that ends takes the tour with it.
    Effect::new(move || {
        let is_logged_in = tour.done.get().is_some_and(|done| (3..FLOW.len()).contains(&done));
        if matches!(session.state(), SessionState::SignedOut(_)) && is_logged_in {
            tour.report.error.set(Some(ErrorCode::SessionRevoked.into()));
            tour.leave();
        }
    });
    let is_new = Signal::derive(move || tour.done.get().is_none());
    let is_under_way = Signal::derive(move || tour.done.get().is_some());
    view! {
        <section class="card tour" aria-labelledby="tour-title">
            <h2 id="tour-title">"The tour: nineteen steps"</h2>
            <Shown when=is_new>
                <Invitation tour />
            </Shown>
            <Shown when=is_under_way>
                <Station tour />
            </Shown>
            <ErrorNotice error=tour.report.error />
        </section>
    }
}

/// Before the tour.
#[component]
fn Invitation(tour: Tour) -> impl IntoView {
    let session = use_session();
    let closed = Signal::derive(move || session.is_starting() || tour.bench.busy.get());
    let warning = Signal::derive(move || {
        match session.user() {
        Some(_) => "It begins with a login: your session in this browser ends, and the tour goes on as a new guest.",
        None => "It logs you in as a guest.",
    }.to_owned()
    });
    view! {
        <p>
            "From the login to the silent renewal of your ticket, with real requests, one step at a time. \
             At the end you know why there are two tokens. It takes about three minutes."
        </p>
        <p class="hint">{warning}</p>
        <p class="actions">
            <button class="button" id=START disabled=closed on:click=move |_| tour.start()>"Start the tour"</button>
        </p>
    }
}

/// On the way.
#[component]
fn Station(tour: Tour) -> impl IntoView {
    let done = move || tour.done.get().unwrap_or_default();
    let place = Signal::derive(move || format!("Step {} of {}", done(), FLOW.len()));
    let step = move || done().checked_sub(1).and_then(|place| FLOW.get(place));
    let title = Signal::derive(move || step().map_or("Here we go.", |step| step.title).to_owned());
    let why = Signal::derive(move || step().map_or("", |step| step.why).to_owned());
    let next = Signal::derive(move || match FLOW.get(done()) {
        Some(step) => format!("Next: {}", lower(step.title)),
        None => "Close the tour".to_owned(),
    });
    // One button to the end, so that the focus stays where it is.
    let go_on = move |_| if done() < FLOW.len() { tour.go_on() } else { tour.leave() };
    let is_over = Signal::derive(move || done() == FLOW.len());
    let is_on = Signal::derive(move || done() < FLOW.len());
    let busy = tour.report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let waiting = tour.report.waiting;
    let waits = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    view! {
        <progress class="tour-progress" max="19" value=move || done().to_string() aria-label="How far the tour is"></progress>
        <div role="status">
            <p class="eyebrow" data-testid="tour-step">{place}</p>
            <h3>{title}</h3>
            <p>{why}</p>
            <Shown when=is_over>
                <Ending />
            </Shown>
        </div>
        <Shown when=waits><p class="hint">{waiting}</p></Shown>
        <p class="actions">
            <button class="button" id=NEXT aria-busy=is_busy aria-disabled=is_busy on:click=go_on>{next}</button>
            <Shown when=is_on>
                <button class="button button-quiet" on:click=move |_| tour.leave()>"Leave the tour"</button>
            </Shown>
        </p>
    }
}

#[component]
fn Ending() -> impl IntoView {
    view! {
        <div class="ending">
            <h3>"So why two tokens?"</h3>
            <p>
                "Because no single one can be both. What goes with every call has to be checked quickly and anywhere, and it passes \
                 through many hands: so it is short-lived. That is the ticket. What keeps you logged in for weeks has to be hidden well, \
                 has to be looked up at each use, and has to be possible to end at any time: so it is shown to one address alone, and \
                 rarely. That is the stamp. And because the stamp is re-inked at each use, a copy of it gives itself away."
            </p>
            <p>"Now break it: " <a href="#experiments-title" rel="external">"lose an answer"</a>", or " <a href="#thief-title" rel="external">"steal the stamp"</a>"."</p>
        </div>
    }
}

/// A sentence after a colon.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

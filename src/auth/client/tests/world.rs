//! Surroundings that do what a test says: nothing is answered and no time passes unless it does.

use crate::{
    auth::client::{
        cross_tab::Message,
        interceptor::Interceptor,
        lifecycle::PageEvent,
        platform::{Platform, Turn, Unreachable},
        replay::{ReplayRequest, ReplayResponse},
        trace::Event,
    },
    protocol::{
        error::{AppError, EndReason, ErrorCode},
        types::{AccessToken, BrowserTokens, User},
    },
};
use futures::{
    FutureExt,
    channel::oneshot,
    executor::{LocalPool, LocalSpawner},
    future::{AbortHandle, LocalBoxFuture, abortable},
    task::LocalSpawnExt,
};
use http::Method;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

type Answer = Result<ReplayResponse, Unreachable>;

struct Exchange {
    request: ReplayRequest,
    bearer: Option<String>,
    answer: oneshot::Sender<Answer>,
}

struct Surroundings {
    now: Cell<f64>,
    wire: RefCell<Vec<Exchange>>,
    sleepers: RefCell<Vec<(f64, oneshot::Sender<()>)>>,
    spawner: LocalSpawner,
    browser: Rc<Shared>,
    told: RefCell<Vec<Message>>,
}

type Waiting = Rc<RefCell<VecDeque<oneshot::Sender<Turn>>>>;

/// What all tabs of a browser share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) refuses_cookies: Cell<bool>,
    pub(super) has_no_channel: Cell<bool>,
    pub(super) attempt: RefCell<Option<String>>,
    /// The id of a login that is under way.
    pub(super) login: RefCell<Option<String>>,
    logins_begun: Cell<u32>,
    pub(super) logout_due: Cell<bool>,
    pub(super) locks: Cell<Locks>,
    attempts_made: Cell<u32>,
    is_taken: Rc<Cell<bool>>,
    waiting: Waiting,
}

/// How the Web Locks of a browser are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Locks {
    #[default]
    InOrder,
    Absent,
    /// Somebody holds it for ever; who waits gives up when the test says so.
    Stuck,
}

impl Shared {
    /// Gives the turn to whoever waits longest.
    fn grant(waiting: &Waiting, is_taken: &Rc<Cell<bool>>) {
        is_taken.set(true);
        loop {
            let next = waiting.borrow_mut().pop_front();
            let Some(next) = next else {
                return is_taken.set(false);
            };
            if next.is_canceled() {
                continue;
            }
            let (waiting, is_taken) = (Rc::clone(waiting), Rc::clone(is_taken));
            drop(next.send(Turn::new(move || Self::grant(&waiting, &is_taken))));
            return;
        }
    }
}

#[derive(Clone)]
pub(super) struct Scripted(Rc<Surroundings>);

impl Platform for Scripted {
    fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
    ) -> LocalBoxFuture<'static, Answer> {
        let (answer, answered) = oneshot::channel();
        let bearer = bearer.map(|token| token.expose_secret().to_owned());
        self.0.wire.borrow_mut().push(Exchange { request: request.clone(), bearer, answer });
        answered.map(|answer| answer.unwrap_or(Err(Unreachable))).boxed_local()
    }

    fn now(&self) -> f64 {
        self.0.now.get()
    }

    fn sleep(&self, milliseconds: f64) -> LocalBoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        self.0.sleepers.borrow_mut().push((self.now() + milliseconds, wake));
        woken.map(|_| ()).boxed_local()
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        self.0.spawner.spawn_local(work).unwrap();
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn attempt(&self, unanswered: Option<&str>) -> Option<String> {
        let browser = &self.0.browser;
        if browser.refuses_cookies.get() {
            return None;
        }
        let mut attempt = browser.attempt.borrow_mut();
        let made = || {
            browser.attempts_made.set(browser.attempts_made.get() + 1);
            format!("attempt {}", browser.attempts_made.get())
        };
        Some(attempt.get_or_insert_with(|| unanswered.map_or_else(made, str::to_owned)).clone())
    }

    fn begin_login(&self) {
        let browser = &self.0.browser;
        if browser.login.borrow().is_none() {
            browser.logins_begun.set(browser.logins_begun.get() + 1);
            *browser.login.borrow_mut() = Some(format!("login {}", browser.logins_begun.get()));
        }
    }

    fn remember_logout(&self, is_due: bool) {
        self.0.browser.logout_due.set(is_due);
    }

    fn is_logout_due(&self) -> bool {
        self.0.browser.logout_due.get()
    }

    fn acquire_lock(&self, patience: f64) -> LocalBoxFuture<'static, Option<Turn>> {
        let browser = &self.0.browser;
        match browser.locks.get() {
            Locks::Absent => async { None }.boxed_local(),
            Locks::Stuck => self.sleep(patience).map(|()| None).boxed_local(),
            Locks::InOrder => {
                let (granted, asked) = oneshot::channel();
                browser.waiting.borrow_mut().push_back(granted);
                if !browser.is_taken.get() {
                    Shared::grant(&browser.waiting, &browser.is_taken);
                }
                asked.map(Result::ok).boxed_local()
            }
        }
    }

    fn tell(&self, message: &Message) {
        self.0.told.borrow_mut().push(message.clone());
    }

    fn hears_tabs(&self) -> bool {
        !self.0.browser.has_no_channel.get()
    }
}

/// What became of a request that a test sent.
pub(super) struct Call {
    result: Rc<RefCell<Option<Result<ReplayResponse, AppError>>>>,
    abort: AbortHandle,
}

impl Call {
    pub(super) fn status(&self) -> Option<u16> {
        self.result
            .borrow()
            .as_ref()
            .and_then(|result| result.as_ref().ok())
            .map(|answer| answer.status)
    }

    pub(super) fn error(&self) -> Option<AppError> {
        self.result.borrow().as_ref().and_then(|result| result.as_ref().err()).cloned()
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.result.borrow().is_none()
    }
}

pub(super) struct World {
    pool: RefCell<LocalPool>,
    surroundings: Rc<Surroundings>,
    pub(super) client: Rc<Interceptor<Scripted>>,
}

impl World {
    /// Somebody whose session is not known yet.
    pub(super) fn starting() -> Self {
        Self::tab_of(&Rc::default())
    }

    /// One more tab of a browser.
    pub(super) fn tab_of(browser: &Rc<Shared>) -> Self {
        let pool = LocalPool::new();
        let surroundings = Rc::new(Surroundings {
            now: Cell::new(1_000_000.0),
            wire: RefCell::default(),
            sleepers: RefCell::default(),
            spawner: pool.spawner(),
            browser: Rc::clone(browser),
            told: RefCell::default(),
        });
        let platform = Scripted(Rc::clone(&surroundings));
        let client = Interceptor::new(platform, "/auth/refresh", "/auth/log_out");
        Self { pool: RefCell::new(pool), surroundings, client: Rc::new(client) }
    }

    /// Somebody who is logged in with the token `t1`, which lives for a minute.
    pub(super) fn signed_in() -> Self {
        let world = Self::starting();
        world.client.session().begin(tokens("t1", 60), world.surroundings.now.get());
        world
    }

    pub(super) fn get(&self, path: &str) -> Call {
        self.send(ReplayRequest::new(Method::GET, path))
    }

    pub(super) fn send(&self, request: ReplayRequest) -> Call {
        let result = Rc::new(RefCell::new(None));
        let (client, place) = (Rc::clone(&self.client), Rc::clone(&result));
        let (work, abort) = abortable(async move {
            let answer = client.send(request).await;
            *place.borrow_mut() = Some(answer);
        });
        self.run(work.map(|_| ()));
        Call { result, abort }
    }

    /// The caller is gone.
    pub(super) fn abort(&self, call: &Call) {
        call.abort.abort();
        self.settle();
    }

    /// Runs something as far as it gets.
    pub(super) fn run(&self, work: impl Future<Output = ()> + 'static) {
        self.surroundings.spawner.spawn_local(work).unwrap();
        self.settle();
    }

    /// What waits for an answer, as `GET /path token`. Aborted requests are not on the wire any more.
    pub(super) fn wire(&self) -> Vec<String> {
        self.surroundings.wire.borrow_mut().retain(|exchange| !exchange.answer.is_canceled());
        let wire = self.surroundings.wire.borrow();
        let line = |exchange: &Exchange| {
            let bearer = exchange.bearer.as_deref().unwrap_or("-");
            format!("{} {} {bearer}", exchange.request.method, exchange.request.path)
        };
        wire.iter().map(line).collect()
    }

    /// Answers the oldest waiting request to `path`; answers the request itself back to the test.
    pub(super) fn answer(&self, path: &str, answer: Answer) -> ReplayRequest {
        let exchange = {
            let mut wire = self.surroundings.wire.borrow_mut();
            let place = wire.iter().position(|exchange| exchange.request.path == path);
            wire.remove(place.unwrap_or_else(|| panic!("nothing waits for {path}")))
        };
        let _ = exchange.answer.send(answer);
        self.settle();
        exchange.request
    }

    pub(super) fn answer_refresh(&self, token: &str) {
        self.answer("/auth/refresh", ok_tokens(token, 60));
    }

    /// Lets time pass.
    pub(super) fn advance(&self, milliseconds: f64) {
        let now = self.surroundings.now.get() + milliseconds;
        self.surroundings.now.set(now);
        let due: Vec<_> = {
            let mut sleepers = self.surroundings.sleepers.borrow_mut();
            let (due, waiting) = sleepers.drain(..).partition(|(at, _)| *at <= now);
            *sleepers = waiting;
            due
        };
        for (_, wake) in due {
            let _ = wake.send(());
        }
        self.settle();
    }

    pub(super) fn refreshes(&self) -> usize {
        let is_refresh =
            |event: &&Event| matches!(event, Event::Sent { path, .. } if path == "/auth/refresh");
        self.client.trace().events().iter().filter(is_refresh).count()
    }

    /// What this tab told the others since this was asked last.
    pub(super) fn told(&self) -> Vec<Message> {
        self.surroundings.told.take()
    }

    /// Hands what the other tab told to this one.
    pub(super) fn hear(&self, other: &Self) {
        for message in other.told() {
            self.client.hear(message);
        }
        self.settle();
    }

    /// The page is looked at again, or the network comes or goes.
    pub(super) fn wake(&self, woken: PageEvent) {
        let client = Rc::clone(&self.client);
        self.run(async move { client.wake(woken).await });
        self.advance(500.0);
    }

    /// Logs in, and answers whether that worked.
    pub(super) fn begin(&self, login: Result<BrowserTokens, AppError>) -> bool {
        let (client, done) = (Rc::clone(&self.client), Rc::new(Cell::new(None)));
        let place = Rc::clone(&done);
        self.run(
            async move { place.set(Some(client.begin(Box::pin(async { login })).await.is_ok())) },
        );
        done.get().expect("the login is answered")
    }

    pub(super) fn browser(&self) -> &Rc<Shared> {
        &self.surroundings.browser
    }

    pub(super) fn now(&self) -> f64 {
        self.surroundings.now.get()
    }

    pub(super) fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }
}

pub(super) fn tokens(token: &str, expires_in: u32) -> BrowserTokens {
    BrowserTokens {
        access_token: AccessToken::new(token.to_owned()),
        token_type: "Bearer".to_owned(),
        expires_in,
        session_id: "s1".to_owned(),
        session_expires_in: 3600,
        user: User {
            id: "1".to_owned(),
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
    }
}

/// The tokens of somebody else's login in the same browser.
pub(super) fn tokens_of_another(token: &str) -> BrowserTokens {
    let user = User { id: "2".to_owned(), username: "bob".to_owned(), email: String::new() };
    BrowserTokens { session_id: "s2".to_owned(), user, ..tokens(token, 60) }
}

pub(super) fn ok() -> Answer {
    Ok(ReplayResponse { status: 200, body: "null".into(), ..ReplayResponse::default() })
}

pub(super) fn ok_tokens(token: &str, expires_in: u32) -> Answer {
    answer_of(&tokens(token, expires_in))
}

pub(super) fn answer_of(tokens: &BrowserTokens) -> Answer {
    let body = serde_json::to_vec(tokens).unwrap().into();
    Ok(ReplayResponse { status: 200, body, ..ReplayResponse::default() })
}

/// The server's problem, as it comes over the wire.
pub(super) fn problem(code: ErrorCode) -> Answer {
    problem_of(&AppError::new(code))
}

pub(super) fn problem_of(error: &AppError) -> Answer {
    let body = serde_json::to_vec(error).unwrap().into();
    Ok(ReplayResponse { status: error.status, body, ..ReplayResponse::default() })
}

/// The server's refusal of an expired token, by header alone.
pub(super) fn expired(status: u16) -> Answer {
    let challenge = r#"Bearer error="invalid_token", error_description="The access token expired""#;
    Ok(ReplayResponse {
        status,
        challenge: Some(challenge.to_owned()),
        ..ReplayResponse::default()
    })
}

pub(super) fn revoked(reason: EndReason) -> Answer {
    problem_of(&AppError { reason: Some(reason), ..AppError::new(ErrorCode::SessionRevoked) })
}

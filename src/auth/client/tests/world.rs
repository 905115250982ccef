//! Surroundings that do what a test says: nothing is answered and no time passes unless it does.

use crate::{
    auth::{
        client::{
            interceptor::Interceptor,
            platform::{Platform, Unreachable},
            replay::{ReplayRequest, ReplayResponse},
            trace::Event,
        },
        types::{AccessToken, BrowserTokens, User},
    },
    error::{AppError, EndReason, ErrorCode},
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
    attempts: Cell<u32>,
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
        let bearer = bearer.map(|token| token.reveal().to_owned());
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

    fn ensure_attempt(&self) {
        self.0.attempts.set(self.0.attempts.get() + 1);
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
        let pool = LocalPool::new();
        let surroundings = Rc::new(Surroundings {
            now: Cell::new(1_000_000.0),
            wire: RefCell::default(),
            sleepers: RefCell::default(),
            spawner: pool.spawner(),
            attempts: Cell::default(),
        });
        let client = Interceptor::new(Scripted(Rc::clone(&surroundings)), "/auth/refresh");
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
        self.surroundings.spawner.spawn_local(work.map(|_| ())).unwrap();
        self.settle();
        Call { result, abort }
    }

    /// The caller is gone.
    pub(super) fn abort(&self, call: &Call) {
        call.abort.abort();
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
        self.client.trace().events().iter().filter(|event| **event == Event::RefreshStarted).count()
    }

    pub(super) fn attempts(&self) -> u32 {
        self.surroundings.attempts.get()
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
        session_expires_in: 3600,
        user: User {
            id: "1".to_owned(),
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
    }
}

pub(super) fn ok() -> Answer {
    Ok(ReplayResponse { status: 200, ..ReplayResponse::default() })
}

pub(super) fn ok_tokens(token: &str, expires_in: u32) -> Answer {
    let body = serde_json::to_vec(&tokens(token, expires_in)).unwrap().into();
    Ok(ReplayResponse { status: 200, body, ..ReplayResponse::default() })
}

/// The server's problem, as it comes over the wire.
pub(super) fn problem(code: ErrorCode) -> Answer {
    let error = AppError::new(code);
    let body = serde_json::to_vec(&error).unwrap().into();
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
    let error = AppError { reason: Some(reason), ..AppError::new(ErrorCode::SessionRevoked) };
    let body = serde_json::to_vec(&error).unwrap().into();
    Ok(ReplayResponse { status: 401, body, ..ReplayResponse::default() })
}

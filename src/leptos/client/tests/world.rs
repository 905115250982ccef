//! A tab with a client on a scripted platform, and what a test does to it.

use super::{
    responses::{Response, ok_tokens, tokens},
    scripted_platform::{Exchange, ScriptedPlatform, SharedBrowser, Tab},
};
use crate::client::{
    cross_tab::Message,
    lifecycle::PageEvent,
    page_client::PageClient,
    replay::{ReplayRequest, ReplayResponse},
    state::{LogoutReason, SessionState},
    trace::Event,
};
use futures::{
    FutureExt,
    executor::LocalPool,
    future::{AbortHandle, abortable},
    task::LocalSpawnExt,
};
use handstamp_protocol::{
    error::{AppError, EndReason},
    types::BrowserTokens,
};
use http::Method;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

pub(super) const LOGGED_OUT_ELSEWHERE: SessionState =
    SessionState::LoggedOut(LogoutReason::Revoked(Some(EndReason::LoggedOut)));

/// A request that a test sent with the interceptor.
pub(super) struct Call {
    result: Rc<RefCell<Option<Result<ReplayResponse, AppError>>>>,
    abort: AbortHandle,
}

impl Call {
    pub(super) fn status(&self) -> Option<u16> {
        let result = self.result.borrow();
        result.as_ref()?.as_ref().ok().map(|response| response.status)
    }

    pub(super) fn error(&self) -> Option<AppError> {
        self.result.borrow().as_ref()?.as_ref().err().cloned()
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.result.borrow().is_none()
    }
}

pub(super) struct World {
    pool: RefCell<LocalPool>,
    tab: Rc<Tab>,
    pub(super) client: Rc<PageClient<ScriptedPlatform>>,
}

impl World {
    /// A tab that does not know yet whether a user is logged in.
    pub(super) fn starting() -> Self {
        Self::tab(&Rc::default())
    }

    /// One more tab of a browser.
    pub(super) fn tab(browser: &Rc<SharedBrowser>) -> Self {
        let pool = LocalPool::new();
        let tab = Rc::new(Tab::new(browser, pool.spawner()));
        let platform = ScriptedPlatform(Rc::clone(&tab));
        let client = PageClient::new(platform, "/auth/refresh", "/auth/log_out");
        Self { pool: RefCell::new(pool), tab, client: Rc::new(client) }
    }

    /// Tabs in which the same user is logged in with the token `t1`.
    pub(super) fn tabs(browser: &Rc<SharedBrowser>, count: usize) -> Vec<Self> {
        let tabs: Vec<World> = (0..count).map(|_| World::tab(browser)).collect();
        for tab in &tabs {
            tab.client.session.replace(tokens("t1", 60), tab.now()).unwrap();
        }
        tabs
    }

    /// A tab with a login that has the token `t1`, which expires in a minute.
    pub(super) fn logged_in() -> Self {
        let world = Self::starting();
        world.client.session.start(tokens("t1", 60), world.now());
        world
    }

    pub(super) fn get(&self, path: &str) -> Call {
        self.send(ReplayRequest::new(Method::GET, path))
    }

    pub(super) fn send(&self, request: ReplayRequest) -> Call {
        let result = Rc::new(RefCell::new(None));
        let (client, place) = (Rc::clone(&self.client), Rc::clone(&result));
        let (task, abort) = abortable(async move {
            let response = client.interceptor.send(request).await;
            *place.borrow_mut() = Some(response);
        });
        self.run(task.map(|_| ()));
        Call { result, abort }
    }

    /// Drops the caller of a request.
    pub(super) fn abort(&self, call: &Call) {
        call.abort.abort();
        self.settle();
    }

    /// Runs a task until it waits.
    pub(super) fn run(&self, task: impl Future<Output = ()> + 'static) {
        self.tab.spawner.spawn_local(task).unwrap();
        self.settle();
    }

    /// Returns the requests in flight, as `GET /path token`.
    pub(super) fn in_flight(&self) -> Vec<String> {
        self.tab.in_flight.borrow_mut().retain(|exchange| !exchange.response.is_canceled());
        let in_flight = self.tab.in_flight.borrow();
        let line = |exchange: &Exchange| {
            let bearer = exchange.bearer.as_deref().unwrap_or("-");
            format!("{} {} {bearer}", exchange.request.method, exchange.request.path)
        };
        in_flight.iter().map(line).collect()
    }

    /// Responds to the oldest request to `path`, and returns that request.
    pub(super) fn answer(&self, path: &str, response: Response) -> ReplayRequest {
        let exchange = {
            let mut in_flight = self.tab.in_flight.borrow_mut();
            let index = in_flight.iter().position(|exchange| exchange.request.path == path);
            in_flight.remove(index.unwrap_or_else(|| panic!("no request to {path}")))
        };
        let _ = exchange.response.send(response);
        self.settle();
        exchange.request
    }

    pub(super) fn answer_refresh(&self, token: &str) {
        self.answer("/auth/refresh", ok_tokens(token, 60));
    }

    /// Lets time pass.
    pub(super) fn advance(&self, milliseconds: f64) {
        self.tab.advance(milliseconds);
        self.settle();
    }

    /// Returns how many refreshes were sent.
    pub(super) fn refreshes(&self) -> usize {
        let is_refresh =
            |event: &&Event| matches!(event, Event::Sent { path, .. } if path == "/auth/refresh");
        self.client.trace.events().iter().filter(is_refresh).count()
    }

    /// Returns the messages of this tab to the others since the last call.
    pub(super) fn broadcasts(&self) -> Vec<Message> {
        self.tab.broadcasts.take()
    }

    /// Delivers the messages of another tab to this one.
    pub(super) fn receive_from(&self, other: &Self) {
        for message in other.broadcasts() {
            self.client.cross_tab.on_message(message);
        }
        self.settle();
    }

    pub(super) fn page_event(&self, event: PageEvent) {
        let client = Rc::clone(&self.client);
        self.run(async move { client.lifecycle.on_event(event).await });
        self.advance(500.0);
    }

    /// Logs in with a server function that returns `tokens`, and returns whether the login succeeded.
    pub(super) fn log_in(&self, tokens: Result<BrowserTokens, AppError>) -> bool {
        let (client, done) = (Rc::clone(&self.client), Rc::new(Cell::new(None)));
        let place = Rc::clone(&done);
        self.run(async move {
            let result = client.login.log_in(Box::pin(async { tokens })).await;
            place.set(Some(result.is_ok()));
        });
        done.get().expect("the login is complete")
    }

    /// Returns the access token that the client holds.
    pub(super) fn token(&self) -> Option<String> {
        self.client.session.held().map(|held| held.token.expose_secret().to_owned())
    }

    pub(super) fn state(&self) -> SessionState {
        self.client.session.state()
    }

    pub(super) fn browser(&self) -> &Rc<SharedBrowser> {
        &self.tab.browser
    }

    pub(super) fn now(&self) -> f64 {
        self.tab.now.get()
    }

    /// Runs all tasks until they wait.
    pub(super) fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }
}

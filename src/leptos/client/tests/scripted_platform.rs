//! A platform without a browser: requests are answered and time passes only as a test says.

use super::responses::Response;
use crate::client::{
    cross_tab::Message,
    platform::{LockGuard, Platform, Unreachable},
    replay::ReplayRequest,
};
use futures::{
    FutureExt, channel::oneshot, executor::LocalSpawner, future::LocalBoxFuture,
    task::LocalSpawnExt,
};
use handstamp_protocol::types::AccessToken;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

/// A request in flight.
pub(super) struct Exchange {
    pub(super) request: ReplayRequest,
    pub(super) bearer: Option<String>,
    pub(super) response: oneshot::Sender<Response>,
}

/// The state of one tab.
pub(super) struct Tab {
    pub(super) now: Cell<f64>,
    pub(super) in_flight: RefCell<Vec<Exchange>>,
    sleepers: RefCell<Vec<(f64, oneshot::Sender<()>)>>,
    pub(super) spawner: LocalSpawner,
    pub(super) browser: Rc<SharedBrowser>,
    pub(super) broadcasts: RefCell<Vec<Message>>,
}

impl Tab {
    pub(super) fn new(browser: &Rc<SharedBrowser>, spawner: LocalSpawner) -> Self {
        Self {
            now: Cell::new(1_000_000.0),
            in_flight: RefCell::default(),
            sleepers: RefCell::default(),
            spawner,
            browser: Rc::clone(browser),
            broadcasts: RefCell::default(),
        }
    }

    /// Moves the clock and ends the sleeps that are over.
    pub(super) fn advance(&self, milliseconds: f64) {
        let now = self.now.get() + milliseconds;
        self.now.set(now);
        let due: Vec<_> = {
            let mut sleepers = self.sleepers.borrow_mut();
            let (due, waiting) = sleepers.drain(..).partition(|(at, _)| *at <= now);
            *sleepers = waiting;
            due
        };
        for (_, done) in due {
            let _ = done.send(());
        }
    }
}

type LockQueue = Rc<RefCell<VecDeque<oneshot::Sender<LockGuard>>>>;

/// What all tabs of a browser share.
#[derive(Default)]
pub(super) struct SharedBrowser {
    pub(super) refuses_cookies: Cell<bool>,
    pub(super) has_no_channel: Cell<bool>,
    pub(super) attempt: RefCell<Option<String>>,
    /// The id of a login in flight.
    pub(super) login: RefCell<Option<String>>,
    pub(super) pending_logout: Cell<bool>,
    pub(super) locks: Cell<Locks>,
    last_attempt: Cell<u32>,
    last_login: Cell<u32>,
    is_locked: Rc<Cell<bool>>,
    lock_queue: LockQueue,
}

/// How the Web Locks of a browser work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Locks {
    #[default]
    InOrder,
    Absent,
    /// Another tab never releases the lock, so every wait times out.
    Stuck,
}

impl SharedBrowser {
    /// Grants the lock to the tab that has waited longest.
    fn grant(queue: &LockQueue, is_locked: &Rc<Cell<bool>>) {
        is_locked.set(true);
        loop {
            let next = queue.borrow_mut().pop_front();
            let Some(next) = next else {
                return is_locked.set(false);
            };
            if next.is_canceled() {
                continue;
            }
            let (queue, is_locked) = (Rc::clone(queue), Rc::clone(is_locked));
            drop(next.send(LockGuard::new(move || Self::grant(&queue, &is_locked))));
            return;
        }
    }
}

#[derive(Clone)]
pub(super) struct ScriptedPlatform(pub(super) Rc<Tab>);

impl Platform for ScriptedPlatform {
    fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
    ) -> LocalBoxFuture<'static, Response> {
        let (send, response) = oneshot::channel();
        let bearer = bearer.map(|token| token.expose_secret().to_owned());
        let exchange = Exchange { request: request.clone(), bearer, response: send };
        self.0.in_flight.borrow_mut().push(exchange);
        response.map(|response| response.unwrap_or(Err(Unreachable))).boxed_local()
    }

    fn now(&self) -> f64 {
        self.0.now.get()
    }

    fn sleep(&self, milliseconds: f64) -> LocalBoxFuture<'static, ()> {
        let (send, done) = oneshot::channel();
        self.0.sleepers.borrow_mut().push((self.now() + milliseconds, send));
        done.map(|_| ()).boxed_local()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.0.spawner.spawn_local(task).unwrap();
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn attempt_id(&self, unanswered: Option<&str>) -> Option<String> {
        let browser = &self.0.browser;
        if browser.refuses_cookies.get() {
            return None;
        }
        let mut attempt = browser.attempt.borrow_mut();
        let new = || {
            browser.last_attempt.set(browser.last_attempt.get() + 1);
            format!("attempt {}", browser.last_attempt.get())
        };
        Some(attempt.get_or_insert_with(|| unanswered.map_or_else(new, str::to_owned)).clone())
    }

    fn store_login_id(&self) {
        let browser = &self.0.browser;
        if browser.login.borrow().is_none() {
            browser.last_login.set(browser.last_login.get() + 1);
            *browser.login.borrow_mut() = Some(format!("login {}", browser.last_login.get()));
        }
    }

    fn set_pending_logout(&self, is_pending: bool) {
        self.0.browser.pending_logout.set(is_pending);
    }

    fn has_pending_logout(&self) -> bool {
        self.0.browser.pending_logout.get()
    }

    fn acquire_lock(&self, timeout: f64) -> LocalBoxFuture<'static, Option<LockGuard>> {
        let browser = &self.0.browser;
        match browser.locks.get() {
            Locks::Absent => async { None }.boxed_local(),
            Locks::Stuck => self.sleep(timeout).map(|()| None).boxed_local(),
            Locks::InOrder => {
                let (send, granted) = oneshot::channel();
                browser.lock_queue.borrow_mut().push_back(send);
                if !browser.is_locked.get() {
                    SharedBrowser::grant(&browser.lock_queue, &browser.is_locked);
                }
                granted.map(Result::ok).boxed_local()
            }
        }
    }

    fn broadcast(&self, message: &Message) {
        self.0.broadcasts.borrow_mut().push(message.clone());
    }

    fn receives_broadcasts(&self) -> bool {
        !self.0.browser.has_no_channel.get()
    }
}

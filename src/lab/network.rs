//! Stands between the client and the network: pauses the client at every step, takes it offline, and reroutes a request.

use futures::{FutureExt, future::LocalBoxFuture};
use handstamp_leptos::client::{
    platform::Unreachable, replay::ReplayRequest, transport::Middleware,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// Called before a request is sent and before its response is returned. The client continues when the future is
/// ready.
pub type StepHook = Rc<dyn Fn() -> LocalBoxFuture<'static, ()>>;

/// The interventions of the lab. By default there are none.
#[derive(Default)]
pub struct Network {
    step_hook: RefCell<Option<StepHook>>,
    is_offline: Cell<bool>,
    reroute: Cell<Option<(&'static str, &'static str)>>,
}

impl Network {
    /// Pauses the client at every step until the hook's future is ready; `None` removes the hook.
    pub fn set_step_hook(&self, hook: Option<StepHook>) {
        self.step_hook.replace(hook);
    }

    /// Whether all requests fail.
    pub fn is_offline(&self) -> bool {
        self.is_offline.get()
    }

    /// Lets all requests fail without being sent, or sends them again.
    pub fn set_offline(&self, is_offline: bool) {
        self.is_offline.set(is_offline);
    }

    /// Sends the next request to the path `from` to the path `to`.
    pub fn reroute_next(&self, from: &'static str, to: &'static str) {
        self.reroute.set(Some((from, to)));
    }

    /// Stops rerouting. Returns whether no reroute was left, because a request has used it.
    pub fn cancel_reroute(&self) -> bool {
        self.reroute.take().is_none()
    }

    fn step(&self) -> LocalBoxFuture<'static, ()> {
        let hook = self.step_hook.borrow().clone();
        hook.map_or_else(|| async {}.boxed_local(), |hook| hook())
    }

    fn apply_reroute(&self, request: &mut ReplayRequest) {
        if let Some((from, to)) = self.reroute.get()
            && request.bare_path() == from
        {
            self.reroute.set(None);
            request.path = to.to_owned();
        }
    }
}

impl Middleware for Network {
    fn before_request<'a>(
        &'a self,
        request: &'a mut ReplayRequest,
    ) -> LocalBoxFuture<'a, Result<(), Unreachable>> {
        async move {
            self.step().await;
            self.apply_reroute(request);
            if self.is_offline.get() { Err(Unreachable) } else { Ok(()) }
        }
        .boxed_local()
    }

    fn before_response(&self) -> LocalBoxFuture<'_, ()> {
        self.step()
    }

    fn delays_requests(&self) -> bool {
        self.step_hook.borrow().is_some()
    }
}

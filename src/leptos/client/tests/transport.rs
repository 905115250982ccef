//! The trace, and the middleware.

use super::{
    responses::{expired, ok, ok_tokens, tokens},
    world::World,
};
use crate::client::{
    platform::Unreachable,
    replay::{ReplayRequest, ReplayResponse},
    state::LogoutReason,
    trace::{Event, Visibility},
    transport::Middleware,
};
use futures::{
    FutureExt, StreamExt,
    channel::{mpsc, oneshot},
    future::LocalBoxFuture,
    lock::Mutex,
};
use handstamp_protocol::error::ErrorCode;
use std::{cell::Cell, rc::Rc};

/// Waits for a step before each request and each response, changes the path of the next request, and refuses requests.
#[derive(Default)]
struct ScriptedMiddleware {
    steps: Option<Mutex<mpsc::UnboundedReceiver<()>>>,
    next_path: Cell<Option<&'static str>>,
    refuses: Cell<bool>,
}

impl ScriptedMiddleware {
    async fn step(&self) {
        if let Some(steps) = &self.steps {
            steps.lock().await.next().await;
        }
    }
}

impl Middleware for ScriptedMiddleware {
    fn before_request<'a>(
        &'a self,
        request: &'a mut ReplayRequest,
    ) -> LocalBoxFuture<'a, Result<(), Unreachable>> {
        async {
            self.step().await;
            if let Some(path) = self.next_path.take() {
                request.path = path.to_owned();
            }
            if self.refuses.get() { Err(Unreachable) } else { Ok(()) }
        }
        .boxed_local()
    }

    fn before_response(&self) -> LocalBoxFuture<'_, ()> {
        self.step().boxed_local()
    }

    fn delays_requests(&self) -> bool {
        true
    }
}

#[test]
fn the_trace_records_every_step_and_no_secret() {
    let world = World::logged_in();
    let recorded = Rc::new(Cell::new(0));
    let count = Rc::clone(&recorded);
    let listening = world.client.trace.listen(move |_| count.set(count.get() + 1));
    let _call = world.get("/api/a?secret=1");
    world.answer("/api/a?secret=1", expired(401));
    world.answer_refresh("t2");
    let timed =
        ReplayResponse { server_timing: Some("verify;dur=0.02".to_owned()), ..ok().unwrap() };
    world.answer("/api/a?secret=1", Ok(timed));
    let path = || "/api/a".to_owned();
    let sent = |call, method: &str, path: &str, shows| Event::Sent {
        call,
        method: method.to_owned(),
        path: path.to_owned(),
        shows,
    };
    let answered = |call, status| Event::Answered { call, status, server: None };
    assert_eq!(
        world.client.trace.events(),
        [
            sent(1, "GET", "/api/a", Visibility::AccessToken(1)),
            answered(1, 401),
            Event::TokenRefused { path: path(), status: 401 },
            sent(2, "POST", "/auth/refresh", Visibility::RefreshToken),
            answered(2, 200),
            Event::TokenReplaced { generation: 2 },
            Event::Retried { path: path() },
            sent(3, "GET", "/api/a", Visibility::AccessToken(2)),
            Event::Answered { call: 3, status: 200, server: Some("verify;dur=0.02".to_owned()) },
        ]
    );
    assert_eq!(recorded.get(), 9);
    drop(listening);
    world.client.log_out();
    assert_eq!(recorded.get(), 9, "a dropped listener is not called");
    let reason = LogoutReason::LoggedOut;
    assert!(world.client.trace.events().contains(&Event::LoggedOut { reason }));
    world.client.trace.clear();
    assert_eq!(world.client.trace.entries(), []);
}

#[test]
fn a_middleware_can_pause_every_request_and_response() {
    let world = World::logged_in();
    let (step, steps) = mpsc::unbounded::<()>();
    let steps = Some(Mutex::new(steps));
    let middleware = ScriptedMiddleware { steps, ..ScriptedMiddleware::default() };
    world.client.transport.set_middleware(Some(Rc::new(middleware)));
    let next_step = || {
        step.unbounded_send(()).unwrap();
        world.settle();
    };
    let call = world.get("/api/a");
    assert_eq!(world.in_flight(), [""; 0], "paused before the request is sent");
    next_step();
    world.answer("/api/a", expired(401));
    assert_eq!(world.in_flight(), [""; 0], "paused before the response is returned");
    next_step();
    assert_eq!(world.in_flight(), [""; 0], "paused before the refresh is sent");
    world.advance(60_000.0);
    next_step();
    assert_eq!(
        world.in_flight(),
        ["POST /auth/refresh -"],
        "the pause does not count as a timeout"
    );
    world.answer("/auth/refresh", ok_tokens("t2", 60));
    next_step();
    next_step();
    world.answer("/api/a", ok());
    assert!(call.is_waiting());
    world.client.transport.set_middleware(None);
    next_step();
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_login_has_no_timeout_while_a_middleware_may_delay_it() {
    let world = World::starting();
    let (send, receive) = oneshot::channel();
    let (client, done) = (Rc::clone(&world.client), Rc::new(Cell::new(None)));
    let place = Rc::clone(&done);
    let middleware = Rc::<ScriptedMiddleware>::default();
    world.client.transport.set_middleware(Some(middleware));
    world.run(async move {
        let login = Box::pin(async move { Ok(receive.await.unwrap()) });
        place.set(Some(client.login.log_in(login).await.is_ok()));
    });
    for _ in 0..4 {
        world.advance(30_000.0);
    }
    assert_eq!(done.get(), None);
    send.send(tokens("t1", 60)).unwrap();
    world.settle();
    assert_eq!(done.get(), Some(true));
}

#[test]
fn refused_requests_fail_and_the_session_stays() {
    let world = World::logged_in();
    let middleware = Rc::<ScriptedMiddleware>::default();
    middleware.refuses.set(true);
    world.client.transport.set_middleware(Some(middleware.clone()));
    let call = world.get("/api/a");
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert_eq!(world.in_flight(), [""; 0]);
    middleware.refuses.set(false);
    world.advance(60_000.0);
    world.answer_refresh("t2");
    let call = world.get("/api/a");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_middleware_can_change_a_request() {
    let world = World::logged_in();
    let middleware = Rc::<ScriptedMiddleware>::default();
    middleware.next_path.set(Some("/auth/other"));
    world.client.transport.set_middleware(Some(middleware));
    let refresher = Rc::clone(&world.client.refresher);
    world.run(async move { drop(refresher.refresh_now().await) });
    assert_eq!(world.in_flight(), ["POST /auth/other -"]);
    let is_recorded =
        |event: &Event| matches!(event, Event::Sent { path, .. } if path == "/auth/other");
    assert!(
        world.client.trace.events().iter().any(is_recorded),
        "the trace has the path that was sent"
    );
    world.answer("/auth/other", Err(Unreachable));
    world.advance(60_000.0);
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
}

#[test]
fn a_dropped_request_is_recorded_as_unanswered() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.abort(&call);
    let events = world.client.trace.events();
    assert_eq!(events.last(), Some(&Event::Answered { call: 1, status: 0, server: None }));
}

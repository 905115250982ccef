//! What only the lab does to the wire.

use super::world::{World, expired, ok, ok_tokens, tokens};
use crate::{
    auth::client::{platform::Unreachable, trace::Event},
    protocol::error::ErrorCode,
};
use futures::{
    FutureExt, StreamExt,
    channel::{mpsc, oneshot},
};
use std::{cell::Cell, rc::Rc};

#[test]
fn a_client_that_is_held_goes_on_step_by_step_and_loses_nothing() {
    let world = World::signed_in();
    let (step, steps) = mpsc::unbounded::<()>();
    let steps = Rc::new(futures::lock::Mutex::new(steps));
    world.client.wire().pace(Some(Rc::new(move || {
        let steps = Rc::clone(&steps);
        async move {
            steps.lock().await.next().await;
        }
        .boxed_local()
    })));
    let go_on = || {
        step.unbounded_send(()).unwrap();
        world.settle();
    };
    let call = world.get("/api/a");
    assert_eq!(world.wire(), [""; 0], "held before it leaves");
    go_on();
    world.answer("/api/a", expired(401));
    assert_eq!(world.wire(), [""; 0], "held before the client sees the answer");
    go_on();
    assert_eq!(world.wire(), [""; 0], "held before the refresh leaves");
    world.advance(60_000.0);
    go_on();
    assert_eq!(world.wire(), ["POST /auth/refresh -"], "however long that was");
    world.answer("/auth/refresh", ok_tokens("t2", 60));
    go_on();
    go_on();
    world.answer("/api/a", ok());
    assert!(call.is_waiting());
    world.client.wire().pace(None);
    go_on();
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_login_that_is_held_takes_as_long_as_whoever_holds_it() {
    let world = World::starting();
    let (answer, answered) = oneshot::channel();
    let (client, done) = (Rc::clone(&world.client), Rc::new(Cell::new(None)));
    let place = Rc::clone(&done);
    world.client.wire().pace(Some(Rc::new(|| async {}.boxed_local())));
    world.run(async move {
        let login = Box::pin(async move { Ok(answered.await.unwrap()) });
        place.set(Some(client.begin(login).await.is_ok()));
    });
    for _ in 0..4 {
        world.advance(30_000.0);
    }
    assert_eq!(done.get(), None);
    answer.send(tokens("t1", 60)).unwrap();
    world.settle();
    assert_eq!(done.get(), Some(true));
}

#[test]
fn a_cut_wire_answers_nothing_and_ends_nothing() {
    let world = World::signed_in();
    world.client.wire().cut(true);
    let call = world.get("/api/a");
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert_eq!(world.wire(), [""; 0]);
    world.client.wire().cut(false);
    world.advance(60_000.0);
    world.answer_refresh("t2");
    let call = world.get("/api/a");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_detour_leads_one_request_elsewhere_and_the_next_one_straight() {
    let world = World::signed_in();
    world.client.wire().detour("/auth/refresh", "/auth/lab/lose_refresh");
    let refresher = Rc::clone(world.client.refresher());
    world.run(async move { drop(refresher.refresh_now().await) });
    assert_eq!(world.wire(), ["POST /auth/lab/lose_refresh -"]);
    assert!(world.client.wire().straighten(), "one request went the other way");
    world.answer("/auth/lab/lose_refresh", Err(Unreachable));
    world.advance(60_000.0);
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
}

#[test]
fn a_request_that_nobody_waits_for_any_more_is_noted_as_unanswered() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.abort(&call);
    let events = world.client.trace().events();
    assert_eq!(events.last(), Some(&Event::Answered { call: 1, status: 0, server: None }));
}

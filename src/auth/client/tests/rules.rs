//! One test a rule; the numbers are those of the table in `docs/architecture.md`.

use super::world::{
    Call, World, answer_of, expired, ok, ok_tokens, problem, problem_of, revoked, tokens,
    tokens_of_another,
};
use crate::{
    auth::client::{
        platform::Unreachable,
        replay::{ReplayRequest, ReplayResponse},
        state::{KnownSession, SessionState, SignedOutReason},
        trace::{Event, Shows},
        transport::{LONGEST, TIMEOUT},
    },
    protocol::error::{AppError, EndReason, ErrorCode},
};
use http::Method;
use leptos::server_fn::request::ClientReq;
use std::{cell::Cell, rc::Rc};

#[test]
fn rule_1_requests_that_are_refused_together_share_one_refresh_and_all_succeed() {
    let world = World::signed_in();
    let calls: Vec<Call> = (0..10).map(|n| world.get(&format!("/api/{n}"))).collect();
    for n in 0..10 {
        world.answer(&format!("/api/{n}"), expired(401));
    }
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
    world.answer_refresh("t2");
    for n in 0..10 {
        world.answer(&format!("/api/{n}"), ok());
    }
    assert!(calls.iter().all(|call| call.status() == Some(200)));
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn rule_15_a_request_that_nobody_answers_is_given_up_and_the_session_stays() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.advance(LONGEST - 1.0);
    assert!(call.is_waiting());
    world.advance(1.0);
    assert_eq!(world.wire(), ["POST /auth/refresh -"], "it is aborted, and the server is asked");
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert!(world.wire().is_empty());
    assert_eq!(world.client.session().state(), SessionState::Offline(ErrorCode::Offline));
}

#[test]
fn the_access_token_goes_to_our_own_origin_alone() {
    let world = World::signed_in();
    for address in [
        "https://elsewhere.example/api",
        "//elsewhere.example/api",
        "/\\elsewhere.example/api",
        "\\/elsewhere.example",
        "/\t/elsewhere.example/api",
        "\n//elsewhere.example/api",
        "api/a",
        "",
    ] {
        let call = world.get(address);
        assert_eq!(call.error().unwrap().code, ErrorCode::BadRequest, "{address:?}");
    }
    assert!(world.wire().is_empty());
}

#[test]
fn rule_2_a_refusal_of_an_older_token_is_retried_at_once_with_the_newer_one() {
    let world = World::signed_in();
    let (early, late) = (world.get("/api/early"), world.get("/api/late"));
    world.answer("/api/early", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/early", ok());
    world.answer("/api/late", expired(401));
    assert_eq!(world.wire(), ["GET /api/late t2"]);
    world.answer("/api/late", ok());
    assert_eq!((early.status(), late.status(), world.refreshes()), (Some(200), Some(200), 1));
}

#[test]
fn rule_3_a_second_refusal_is_the_answer() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/a", expired(401));
    assert_eq!((call.status(), world.refreshes()), (Some(401), 1));
    assert!(world.wire().is_empty());
}

#[test]
fn rule_4_a_401_that_is_not_about_the_token_passes_untouched() {
    let world = World::signed_in();
    for code in [ErrorCode::InvalidCredentials, ErrorCode::AccessTokenMissing] {
        let call = world.get("/api/a");
        world.answer("/api/a", problem(code));
        assert_eq!(call.status(), Some(401));
    }
    let call = world.get("/api/a");
    world.answer(
        "/api/a",
        Ok(ReplayResponse {
            status: 401,
            challenge: Some("Bearer".into()),
            body: "<html>".into(),
            ..Default::default()
        }),
    );
    assert_eq!((call.status(), world.refreshes()), (Some(401), 0));
}

#[test]
fn rule_5_expired_as_403_is_refreshed_too_and_another_403_is_not() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(403));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 1));
    let forbidden = world.get("/api/b");
    world.answer("/api/b", problem(ErrorCode::CrossSite));
    assert_eq!((forbidden.status(), world.refreshes()), (Some(403), 1));
}

#[test]
fn a_proxy_that_strips_the_challenge_does_no_harm() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", problem(ErrorCode::AccessTokenExpired));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn rule_6_a_refused_refresh_signs_out_with_its_reason_and_all_callers_get_the_same_error() {
    let world = World::signed_in();
    let calls = [world.get("/api/a"), world.get("/api/b")];
    world.answer("/api/a", expired(401));
    world.answer("/api/b", expired(401));
    world.answer("/auth/refresh", revoked(EndReason::Reuse));
    let errors = calls.map(|call| call.error().unwrap());
    assert_eq!(errors[0], errors[1]);
    assert_eq!(
        (errors[0].code, errors[0].reason),
        (ErrorCode::SessionRevoked, Some(EndReason::Reuse))
    );
    assert_eq!(
        world.client.session().state(),
        SessionState::SignedOut(SignedOutReason::Revoked(Some(EndReason::Reuse)))
    );
    assert!(world.client.session().held().is_none());
}

#[test]
fn each_refusal_of_a_refresh_has_its_own_reason() {
    for (code, reason) in [
        (ErrorCode::RefreshTokenMissing, SignedOutReason::NoSession),
        (ErrorCode::RefreshTokenInvalid, SignedOutReason::NoSession),
        (ErrorCode::SessionExpired, SignedOutReason::Expired),
        (ErrorCode::RefreshTokenReused, SignedOutReason::Revoked(Some(EndReason::Reuse))),
        (ErrorCode::SessionRevoked, SignedOutReason::Revoked(None)),
    ] {
        assert_eq!(SignedOutReason::of(&AppError::new(code), KnownSession::None), reason);
    }
    let invalid = AppError::new(ErrorCode::RefreshTokenInvalid);
    assert_eq!(SignedOutReason::of(&invalid, KnownSession::Running), SignedOutReason::CookieLost);
    assert_eq!(SignedOutReason::of(&invalid, KnownSession::Over), SignedOutReason::Expired);
}

#[test]
fn a_session_without_its_cookie_has_lost_it_or_reached_its_end() {
    for (seconds, reason) in
        [(61.0, SignedOutReason::CookieLost), (3600.0, SignedOutReason::Expired)]
    {
        let world = World::starting();
        world.client.session().replace(tokens("t1", 60), world.now()).unwrap();
        world.advance(seconds * 1000.0);
        let _call = world.get("/api/a");
        world.answer("/api/a", expired(401));
        world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
        assert_eq!(world.client.session().state(), SessionState::SignedOut(reason));
    }
}

fn nobody() -> Result<ReplayResponse, Unreachable> {
    Ok(ReplayResponse { status: 200, body: "null".into(), ..Default::default() })
}

#[test]
fn rule_7_trouble_is_never_a_logout_and_the_next_try_waits() {
    let trouble = [
        Err(Unreachable),
        problem(ErrorCode::RateLimited),
        problem(ErrorCode::Internal),
        problem(ErrorCode::Unavailable),
        Ok(ReplayResponse { status: 502, body: "<html>".into(), ..Default::default() }),
        Ok(ReplayResponse { status: 401, body: "<html>".into(), ..Default::default() }),
        Ok(ReplayResponse { status: 200, body: "not json".into(), ..Default::default() }),
        ok_tokens("t0", 0),
    ];
    for answer in trouble {
        let world = World::signed_in();
        world.advance(61_000.0);
        let call = world.get("/api/a");
        world.answer("/api/a", expired(401));
        world.answer("/auth/refresh", answer.clone());
        let code = call.error().unwrap().code;
        assert!(
            matches!(
                code,
                ErrorCode::Offline
                    | ErrorCode::RateLimited
                    | ErrorCode::Internal
                    | ErrorCode::Unavailable
            ),
            "{answer:?}"
        );
        assert_eq!(world.client.session().state(), SessionState::Offline(code), "{answer:?}");

        // Within the back-off nothing is sent; after it the client tries again by itself.
        let early = world.get("/api/a");
        world.answer("/api/a", expired(401));
        assert_eq!((early.error().unwrap().code, world.refreshes()), (code, 1));
        world.advance(60_000.0);
        assert_eq!(world.wire(), ["POST /auth/refresh -"]);
        world.answer_refresh("t2");
        assert_eq!(world.client.session().state(), SessionState::SignedIn);
    }
}

#[test]
fn rule_7_a_conflict_is_tried_again_at_once() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", problem(ErrorCode::RefreshConflict));
    world.advance(300.0);
    world.answer("/auth/refresh", problem(ErrorCode::RefreshSuperseded));
    world.advance(300.0);
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 3));
}

#[test]
fn rule_7_the_wait_grows_and_retry_after_is_kept() {
    let world = World::starting();
    let waits: Vec<f64> = (0..8)
        .map(|_| {
            let call = world.client.refresher().refresh_now();
            drop(call);
            world.settle();
            world.answer("/auth/refresh", Err(Unreachable));
            let mut waited = 0.0;
            while world.wire().is_empty() {
                world.advance(50.0);
                waited += 50.0;
            }
            world.answer("/auth/refresh", Err(Unreachable));
            waited
        })
        .collect();
    assert!(waits.windows(2).all(|pair| pair[1] >= pair[0]) && waits[7] <= 30_000.0, "{waits:?}");

    let told = World::starting();
    drop(told.client.refresher().refresh_now());
    told.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(20);
    told.answer("/auth/refresh", problem_of(&error));
    told.advance(19_000.0);
    assert!(told.wire().is_empty());
    told.advance(1_000.0);
    assert_eq!(told.wire().len(), 1);

    // Of somebody on the way, who closes for the day and is back in a minute.
    let error = AppError::new(ErrorCode::Unavailable).retry_after(86_400);
    told.answer("/auth/refresh", problem_of(&error));
    told.advance(299_000.0);
    assert!(told.wire().is_empty());
    told.advance(1_000.0);
    assert_eq!(told.wire().len(), 1);
}

#[test]
fn rule_8_a_token_in_the_last_tenth_of_its_life_is_refreshed_first() {
    let world = World::signed_in();
    world.advance(53_000.0);
    let call = world.get("/api/a");
    assert_eq!(world.wire(), ["GET /api/a t1"]);
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
    world.advance(1_500.0);
    let call = world.get("/api/b");
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
    world.answer_refresh("t2");
    world.answer("/api/b", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn rule_8_where_the_early_refresh_fails_the_good_token_is_used_and_nobody_is_offline() {
    let world = World::signed_in();
    world.advance(55_000.0);
    let call = world.get("/api/a");
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(world.wire(), ["GET /api/a t1"]);
    world.answer("/api/a", ok());
    assert_eq!(
        (call.status(), world.client.session().state()),
        (Some(200), SessionState::SignedIn)
    );
}

#[test]
fn rule_8_where_the_early_refresh_is_refused_the_caller_gets_that_refusal() {
    let world = World::signed_in();
    world.advance(55_000.0);
    let call = world.get("/api/a");
    world.answer("/auth/refresh", problem(ErrorCode::SessionExpired));
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionExpired);
    assert!(world.wire().is_empty(), "nothing is sent without a token");
}

#[test]
fn rule_8_a_token_that_is_over_by_our_clock_is_left_to_the_server_to_refuse() {
    let world = World::signed_in();
    world.advance(3_600_000.0);
    let _call = world.get("/api/a");
    assert_eq!(world.wire(), ["GET /api/a t1"]);
}

#[test]
fn rule_9_lifetimes_come_from_expires_in_and_nothing_of_the_token_is_read() {
    let world = World::starting();
    world.client.session().begin(tokens("not even a JWT", 60), world.now());
    let times = world.client.session().held().unwrap().times;
    assert_eq!((times.held_since, times.expires_at), (world.now(), world.now() + 60_000.0));
}

#[test]
fn rule_14_a_refresh_outlives_the_page_and_carries_an_attempt_id() {
    let world = World::signed_in();
    drop(world.client.refresher().refresh());
    world.settle();
    let sent = world.answer("/auth/refresh", ok_tokens("t2", 60));
    assert!(sent.keepalive && sent.body.is_none() && sent.content_type.is_none());
    assert_eq!(world.browser().attempt.borrow().as_deref(), Some("attempt 1"));
}

#[test]
fn rule_15_a_refresh_that_hangs_is_given_up_after_eight_seconds() {
    let world = World::signed_in();
    world.advance(61_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.advance(TIMEOUT - 1.0);
    assert!(call.is_waiting());
    world.advance(1.0);
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert!(world.wire().is_empty(), "the hanging request is aborted");
}

#[test]
fn rule_16_a_listener_may_ask_for_a_refresh_and_nothing_locks() {
    let world = World::signed_in();
    let (client, asked) = (Rc::clone(&world.client), Rc::new(Cell::new(0)));
    let count = Rc::clone(&asked);
    world.client.session().listen(move |_| {
        count.set(count.get() + 1);
        drop(client.refresher().refresh());
    });
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), asked.get()), (Some(200), 1));
}

#[test]
fn rule_18_an_aborted_request_leaves_the_wire_and_the_refresh_that_others_wait_for_goes_on() {
    let world = World::signed_in();
    let gone = world.get("/api/gone");
    world.abort(&gone);
    assert!(world.wire().is_empty());

    let (first, second) = (world.get("/api/first"), world.get("/api/second"));
    world.answer("/api/first", expired(401));
    world.answer("/api/second", expired(401));
    world.abort(&first);
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
    world.answer_refresh("t2");
    world.answer("/api/second", ok());
    assert_eq!((second.status(), world.refreshes()), (Some(200), 1));
}

#[test]
fn a_request_waits_for_the_boot_refresh() {
    let world = World::starting();
    let call = world.get("/api/a");
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
    world.answer_refresh("t1");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 1));
}

#[test]
fn a_page_that_begins_asks_whether_anybody_is_logged_in() {
    let world = World::starting();
    let call = world.get("/api/a");
    let asked = world.answer("/auth/refresh", nobody());
    assert_eq!(asked.body.as_deref(), Some(br#"{"if_any":true}"#.as_slice()));
    let state = SessionState::SignedOut(SignedOutReason::NoSession);
    assert_eq!(world.client.session().state(), state);
    assert_eq!(world.wire(), ["GET /api/a -"]);
    drop(call);
}

#[test]
fn that_nobody_is_logged_in_is_no_answer_to_a_page_where_somebody_is() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    let asked = world.answer("/auth/refresh", nobody());
    assert_eq!(asked.body, None);
    assert_eq!(call.error().unwrap().code, ErrorCode::Unavailable);
    assert!(world.client.session().snapshot().user.is_some());
}

#[test]
fn a_request_of_nobody_is_sent_without_a_token_and_answered_as_it_is() {
    let world = World::starting();
    let call = world.get("/api/a");
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
    assert_eq!(world.wire(), ["GET /api/a -"]);
    world.answer("/api/a", problem(ErrorCode::AccessTokenMissing));
    assert_eq!(call.status(), Some(401));
}

#[test]
fn a_refresh_that_is_answered_after_a_logout_signs_nobody_in() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.client.session().end(SignedOutReason::LoggedOut);
    world.answer_refresh("t2");
    assert_eq!(world.client.session().state(), SessionState::SignedOut(SignedOutReason::LoggedOut));
    assert!(world.client.session().held().is_none());
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
}

#[test]
fn a_refresh_that_is_refused_after_a_new_login_ends_nothing() {
    let world = World::signed_in();
    drop(world.client.refresher().refresh());
    world.settle();
    world.client.session().begin(tokens("t9", 60), world.now());
    world.answer("/auth/refresh", problem(ErrorCode::SessionExpired));
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn a_request_of_one_person_is_never_sent_again_as_another() {
    let world = World::signed_in();
    let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
    world.client.session().end(SignedOutReason::LoggedOut);
    world.client.session().begin(tokens("somebodys", 60), world.now());
    world.answer("/api/posts", revoked(EndReason::LoggedOut));
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    assert!(world.wire().is_empty() && world.refreshes() == 0);
}

#[test]
fn a_login_during_the_refresh_of_another_session_sends_nothing_again() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.client.session().begin(tokens("somebodys", 60), world.now());
    world.answer_refresh("t2");
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    assert_eq!(world.client.session().held().unwrap().token.expose_secret(), "somebodys");
    assert!(world.wire().is_empty());
}

#[test]
fn a_refresh_that_comes_back_as_another_person_sends_nothing_again() {
    for seconds in [1, 55] {
        let world = World::signed_in();
        world.advance(f64::from(seconds) * 1000.0);
        let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
        if seconds == 1 {
            world.answer("/api/posts", revoked(EndReason::LoggedOut));
        }
        world.answer("/auth/refresh", answer_of(&tokens_of_another("somebodys")));
        assert!(world.wire().is_empty(), "{seconds}");
        let refused = call
            .error()
            .map(|error| error.code)
            .or(call.status().map(|_| ErrorCode::SessionRevoked));
        assert_eq!(refused, Some(ErrorCode::SessionRevoked));
        assert_eq!(world.client.session().snapshot().user.unwrap().id, "2");
    }
}

#[test]
fn the_retry_carries_the_same_method_body_and_type() {
    let world = World::signed_in();
    let sent =
        ReplayRequest::new(Method::POST, "/api/posts").with_json(br#"{"body":"hello"}"#.to_vec());
    let call = world.send(sent.clone());
    let first = world.answer("/api/posts", expired(401));
    world.answer_refresh("t2");
    let second = world.answer("/api/posts", ok());
    assert_eq!((call.status(), &first, &second), (Some(200), &sent, &sent));
}

#[test]
fn what_cannot_be_sent_twice_says_so() {
    let stream = futures::stream::empty::<bytes::Bytes>();
    let refused: Result<ReplayRequest, AppError> =
        ReplayRequest::try_new_req_streaming("/auth/x", "*/*", "text/plain", stream, Method::POST);
    let error = refused.unwrap_err();
    assert!(error.detail.contains("can't be sent twice"), "{error}");
}

#[test]
fn the_trace_tells_the_whole_story_and_no_secret() {
    let world = World::signed_in();
    let heard = Rc::new(Cell::new(0));
    let count = Rc::clone(&heard);
    let listening = world.client.trace().listen(move |_| count.set(count.get() + 1));
    let _call = world.get("/api/a?secret=1");
    world.answer("/api/a?secret=1", expired(401));
    world.answer_refresh("t2");
    let told =
        ReplayResponse { server_timing: Some("verify;dur=0.02".to_owned()), ..ok().unwrap() };
    world.answer("/api/a?secret=1", Ok(told));
    let path = || "/api/a".to_owned();
    let sent = |call, method: &str, path: &str, shows| Event::Sent {
        call,
        method: method.to_owned(),
        path: path.to_owned(),
        shows,
    };
    let answered = |call, status| Event::Answered { call, status, server: None };
    assert_eq!(
        world.client.trace().events(),
        [
            sent(1, "GET", "/api/a", Shows::AccessToken(1)),
            answered(1, 401),
            Event::TokenRefused { path: path(), status: 401 },
            sent(2, "POST", "/auth/refresh", Shows::RefreshToken),
            answered(2, 200),
            Event::TokenReplaced { generation: 2 },
            Event::Retried { path: path() },
            sent(3, "GET", "/api/a", Shows::AccessToken(2)),
            Event::Answered { call: 3, status: 200, server: Some("verify;dur=0.02".to_owned()) },
        ]
    );
    assert_eq!(heard.get(), 9);
    drop(listening);
    world.client.log_out();
    assert_eq!(heard.get(), 9, "who doesn't listen any more hears nothing");
    let reason = SignedOutReason::LoggedOut;
    assert!(world.client.trace().events().contains(&Event::SignedOut { reason }));
    world.client.trace().clear();
    assert_eq!(world.client.trace().kept(), []);
}

#[test]
fn rule_7_a_request_that_finds_nobody_shows_it_and_the_client_comes_back_by_itself() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Err(Unreachable));
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert_eq!(world.client.session().state(), SessionState::Offline(ErrorCode::Offline));
    assert!(world.client.session().snapshot().user.is_some(), "nothing is forgotten");
    let again = world.get("/api/a");
    world.answer("/api/a", ok());
    assert_eq!(
        (again.status(), world.client.session().state()),
        (Some(200), SessionState::SignedIn)
    );
    drop(world.get("/api/b"));
    world.answer("/api/b", Err(Unreachable));
    world.answer("/auth/refresh", Err(Unreachable));
    world.advance(500.0);
    world.answer_refresh("t2");
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn rule_7_trouble_that_outlives_the_token_is_shown_for_what_it_is() {
    let world = World::signed_in();
    world.advance(55_000.0);
    let call = world.get("/api/a");
    let error = AppError::new(ErrorCode::RateLimited).retry_after(20);
    world.answer("/auth/refresh", problem_of(&error));
    world.answer("/api/a", ok());
    assert_eq!(
        (call.status(), world.client.session().state()),
        (Some(200), SessionState::SignedIn)
    );
    world.advance(6_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    assert_eq!(call.error().unwrap().code, ErrorCode::RateLimited);
    assert_eq!(world.client.session().state(), SessionState::Offline(ErrorCode::RateLimited));
    world.advance(14_000.0);
    world.answer_refresh("t2");
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn rule_7_the_retry_after_of_a_proxy_is_kept_too() {
    let world = World::starting();
    world.client.start();
    world.settle();
    let busy = ReplayResponse { status: 503, retry_after: Some(20), ..Default::default() };
    world.answer("/auth/refresh", Ok(busy));
    world.advance(19_000.0);
    assert!(world.wire().is_empty());
    world.advance(1_000.0);
    assert_eq!(world.wire().len(), 1);
}

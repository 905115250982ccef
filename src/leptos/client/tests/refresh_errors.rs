//! Refreshes that fail: a refusal ends the session, any other error does not.

use super::{
    responses::{expired, no_session, ok, ok_tokens, problem, problem_of, revoked, tokens},
    world::World,
};
use crate::client::{
    platform::Unreachable,
    replay::ReplayResponse,
    state::{LogoutReason, SessionHint, SessionState},
};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};

#[test]
fn rule_6_a_refused_refresh_logs_out_with_its_reason_and_all_callers_get_the_same_error() {
    let world = World::logged_in();
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
        world.state(),
        SessionState::LoggedOut(LogoutReason::Revoked(Some(EndReason::Reuse)))
    );
    assert!(world.client.session.held().is_none());
}

#[test]
fn rule_7_transient_errors_never_log_out_and_are_retried_after_a_backoff() {
    let responses = [
        Err(Unreachable),
        problem(ErrorCode::RateLimited),
        problem(ErrorCode::Internal),
        problem(ErrorCode::Unavailable),
        Ok(ReplayResponse { status: 502, body: "<html>".into(), ..Default::default() }),
        Ok(ReplayResponse { status: 401, body: "<html>".into(), ..Default::default() }),
        Ok(ReplayResponse { status: 200, body: "not json".into(), ..Default::default() }),
        ok_tokens("t0", 0),
    ];
    for response in responses {
        let world = World::logged_in();
        world.advance(61_000.0);
        let call = world.get("/api/a");
        world.answer("/api/a", expired(401));
        world.answer("/auth/refresh", response.clone());
        let code = call.error().unwrap().code;
        assert!(
            matches!(
                code,
                ErrorCode::Offline
                    | ErrorCode::RateLimited
                    | ErrorCode::Internal
                    | ErrorCode::Unavailable
            ),
            "{response:?}"
        );
        assert_eq!(world.state(), SessionState::Offline(code), "{response:?}");

        // No refresh is sent within the backoff. After it the client retries automatically.
        let early = world.get("/api/a");
        world.answer("/api/a", expired(401));
        assert_eq!((early.error().unwrap().code, world.refreshes()), (code, 1));
        world.advance(60_000.0);
        assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
        world.answer_refresh("t2");
        assert_eq!(world.state(), SessionState::LoggedIn);
    }
}

#[test]
fn rule_7_a_conflict_is_retried_immediately() {
    let world = World::logged_in();
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
fn rule_7_the_backoff_grows_and_retry_after_is_respected() {
    let world = World::starting();
    let waits: Vec<f64> = (0..8)
        .map(|_| {
            let call = world.client.refresher.refresh_now();
            drop(call);
            world.settle();
            world.answer("/auth/refresh", Err(Unreachable));
            let mut waited = 0.0;
            while world.in_flight().is_empty() {
                world.advance(50.0);
                waited += 50.0;
            }
            world.answer("/auth/refresh", Err(Unreachable));
            waited
        })
        .collect();
    assert!(waits.windows(2).all(|pair| pair[1] >= pair[0]) && waits[7] <= 30_000.0, "{waits:?}");

    let limited = World::starting();
    drop(limited.client.refresher.refresh_now());
    limited.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(20);
    limited.answer("/auth/refresh", problem_of(&error));
    limited.advance(19_000.0);
    assert!(limited.in_flight().is_empty());
    limited.advance(1_000.0);
    assert_eq!(limited.in_flight().len(), 1);

    // A longer `Retry-After`, for example of an intermediary, is capped.
    let error = AppError::new(ErrorCode::Unavailable).retry_after(86_400);
    limited.answer("/auth/refresh", problem_of(&error));
    limited.advance(299_000.0);
    assert!(limited.in_flight().is_empty());
    limited.advance(1_000.0);
    assert_eq!(limited.in_flight().len(), 1);
}

#[test]
fn rule_7_an_unreachable_server_is_shown_and_the_client_reconnects_automatically() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Err(Unreachable));
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert_eq!(world.state(), SessionState::Offline(ErrorCode::Offline));
    assert!(world.client.session.snapshot().user.is_some(), "the session stays");
    let again = world.get("/api/a");
    world.answer("/api/a", ok());
    assert_eq!((again.status(), world.state()), (Some(200), SessionState::LoggedIn));
    drop(world.get("/api/b"));
    world.answer("/api/b", Err(Unreachable));
    world.answer("/auth/refresh", Err(Unreachable));
    world.advance(500.0);
    world.answer_refresh("t2");
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn rule_7_an_error_that_outlasts_the_token_is_shown() {
    let world = World::logged_in();
    world.advance(55_000.0);
    let call = world.get("/api/a");
    let error = AppError::new(ErrorCode::RateLimited).retry_after(20);
    world.answer("/auth/refresh", problem_of(&error));
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.state()), (Some(200), SessionState::LoggedIn));
    world.advance(6_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    assert_eq!(call.error().unwrap().code, ErrorCode::RateLimited);
    assert_eq!(world.state(), SessionState::Offline(ErrorCode::RateLimited));
    world.advance(14_000.0);
    world.answer_refresh("t2");
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn rule_7_the_retry_after_of_a_proxy_is_respected_too() {
    let world = World::starting();
    world.client.lifecycle.on_start();
    world.settle();
    let busy = ReplayResponse { status: 503, retry_after: Some(20), ..Default::default() };
    world.answer("/auth/refresh", Ok(busy));
    world.advance(19_000.0);
    assert!(world.in_flight().is_empty());
    world.advance(1_000.0);
    assert_eq!(world.in_flight().len(), 1);
}

#[test]
fn each_refusal_of_a_refresh_has_its_own_reason() {
    for (code, reason) in [
        (ErrorCode::RefreshTokenMissing, LogoutReason::NoSession),
        (ErrorCode::RefreshTokenInvalid, LogoutReason::NoSession),
        (ErrorCode::SessionExpired, LogoutReason::Expired),
        (ErrorCode::RefreshTokenReused, LogoutReason::Revoked(Some(EndReason::Reuse))),
        (ErrorCode::SessionRevoked, LogoutReason::Revoked(None)),
    ] {
        assert_eq!(LogoutReason::of(&AppError::new(code), SessionHint::None), reason);
    }
    let invalid = AppError::new(ErrorCode::RefreshTokenInvalid);
    assert_eq!(LogoutReason::of(&invalid, SessionHint::Active), LogoutReason::CookieLost);
    assert_eq!(LogoutReason::of(&invalid, SessionHint::Expired), LogoutReason::Expired);
}

#[test]
fn a_missing_cookie_was_lost_or_its_session_has_expired() {
    for (seconds, reason) in [(61.0, LogoutReason::CookieLost), (3600.0, LogoutReason::Expired)] {
        let world = World::starting();
        world.client.session.replace(tokens("t1", 60), world.now()).unwrap();
        world.advance(seconds * 1000.0);
        let _call = world.get("/api/a");
        world.answer("/api/a", expired(401));
        world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
        assert_eq!(world.state(), SessionState::LoggedOut(reason));
    }
}

#[test]
fn a_null_refresh_does_not_log_out_a_logged_in_page() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    let refresh = world.answer("/auth/refresh", no_session());
    assert_eq!(refresh.body, None);
    assert_eq!(call.error().unwrap().code, ErrorCode::Unavailable);
    assert!(world.client.session.snapshot().user.is_some());
}

#[test]
fn a_browser_that_refuses_cookies_is_detected_and_causes_no_loop() {
    let world = World::starting();
    world.browser().refuses_cookies.set(true);
    world.client.lifecycle.on_start();
    world.settle();
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
    let session = world.client.session.snapshot();
    assert_eq!(session.state, SessionState::LoggedOut(LogoutReason::NoSession));
    assert!(!session.keeps_cookies);
    assert!(world.log_in(Ok(tokens("t1", 60))));
    world.advance(61_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
    assert_eq!(call.error().unwrap().code, ErrorCode::RefreshTokenMissing);
    let refused = SessionState::LoggedOut(LogoutReason::CookieRefused);
    assert_eq!(world.state(), refused);
    world.advance(60_000.0);
    assert!(world.in_flight().is_empty());
}

/// The server does not clear such a cookie, so this recurs at every page load.
#[test]
fn an_invalid_refresh_token_is_no_session_and_causes_no_loop() {
    let world = World::starting();
    let call = world.get("/api/a");
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenInvalid));
    let logged_out = SessionState::LoggedOut(LogoutReason::NoSession);
    assert_eq!(world.state(), logged_out);
    assert_eq!(world.in_flight(), ["GET /api/a -"]);
    world.answer("/api/a", problem(ErrorCode::AccessTokenMissing));
    assert_eq!(call.status(), Some(401));
    world.advance(60_000.0);
    assert!(world.in_flight().is_empty());
    assert_eq!(world.refreshes(), 1);
    assert!(world.log_in(Ok(tokens("t1", 60))), "a login overwrites the cookie");
    assert_eq!(world.state(), SessionState::LoggedIn);
}

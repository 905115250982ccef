//! What the experiments do.

use crate::lab::{
    api, devtools,
    timing::RefreshOutcome,
    workbench::{Report, Workbench, call_api},
};
use futures::future::join_all;
use handstamp_leptos::client;
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::server_fn::ServerFn;

pub(super) async fn call_once() -> Result<String, AppError> {
    Ok(if call_api().await? {
        "The ticket had expired, or was about to. The interceptor got a new one, and this button saw one call that worked."
    } else {
        "200: the server checked the ticket on its own. No refresh was needed, and the stamp stayed as it was."
    }
    .to_owned())
}

pub(super) async fn call_with_expired_token(
    workbench: Workbench,
    report: Report,
    seconds: u32,
) -> Result<String, AppError> {
    workbench.let_access_token_expire(report.waiting, seconds).await?;
    Ok(if call_api().await? {
        "The server refused the ticket, the interceptor got a new one with the stamp and sent the call again. The caller saw one call that worked."
    } else {
        "The call worked without a refresh: a new ticket had arrived in time, from another tab or because you returned to this page."
    }
    .to_owned())
}

pub(super) async fn call_ten_times(
    workbench: Workbench,
    report: Report,
) -> Result<String, AppError> {
    workbench.let_access_token_expire(report.waiting, 1).await?;
    let before = client::generation();
    let calls = join_all((0..10).map(|_| call_api())).await;
    let worked = calls.iter().filter(|call| call.is_ok()).count();
    let tickets = client::generation() - before;
    calls.into_iter().collect::<Result<Vec<_>, _>>()?;
    if tickets == 0 {
        return Ok(format!(
            "{worked} calls worked with a ticket that had arrived from another tab, or because you returned to this page. Try again."
        ));
    }
    Ok(format!(
        "{worked} calls worked, and it took {tickets} new ticket: calls that are refused during a refresh wait for its result."
    ))
}

pub(super) async fn call_after(workbench: Workbench, seconds: u32) -> Result<String, AppError> {
    workbench.pass_time(seconds).await?;
    match call_api().await {
        Ok(true) => Ok("The ticket had expired. The stamp had not, so the interceptor got a new ticket, and the call worked.".to_owned()),
        Ok(false) => Ok("The ticket is still valid, so the call worked without a refresh.".to_owned()),
        Err(error) if error.code == ErrorCode::SessionExpired => Ok("Ticket and session have expired. A session has an end that no refresh moves, so you have to log in again.".to_owned()),
        Err(error) => Err(error),
    }
}

pub(super) async fn lose_refresh_response(
    workbench: Workbench,
    report: Report,
) -> Result<String, AppError> {
    workbench.make_rotatable().await?;
    if !devtools::refresh_at(<api::LoseRefresh as ServerFn>::PATH).await? {
        return Ok("Another refresh was faster, and no response was lost. Try again.".to_owned());
    }
    let waiting = "The response is lost. The page retries in";
    workbench.wait(report.waiting, waiting, 2000.0).await;
    devtools::refresh().await?;
    let token = workbench.recorder.refresh_token_untracked();
    Ok(if token.is_some_and(|token| token.report.outcome == RefreshOutcome::Repeated) {
        "The page retried with an old stamp, just as a thief would. Two things saved it: a grace period of some seconds for parallel tabs, and an attempt ID, kept until a response arrives, which proves that it is the same refresh. You got the same new stamp, and stayed logged in."
    } else {
        "The stamp was so new that the server kept it, and no new stamp was lost. Try again in a moment."
    }
    .to_owned())
}

pub(super) async fn end_session_elsewhere() -> Result<String, AppError> {
    api::end_session().await?;
    match call_api().await {
        Err(error) if error.status == 401 => Ok("The ticket had not expired, yet the next call was refused: the server keeps a short list of ended sessions in memory until their tickets have expired. The refresh was refused too, with the reason.".to_owned()),
        Err(error) => Err(error),
        Ok(_) => Err(ErrorCode::Unavailable.into()),
    }
}

pub(super) async fn go_offline() -> Result<String, AppError> {
    devtools::set_offline(true).await;
    if devtools::claims().is_none() {
        return Ok("You are logged out, so there is no session to keep. A login fails now, because the server is unreachable.".to_owned());
    }
    // The call fails and makes the client notice.
    let _ = call_api().await;
    Ok("The server is unreachable. The page says so, keeps the session, and retries less and less often. Being offline never logs you out.".to_owned())
}

pub(super) async fn go_online() -> Result<String, AppError> {
    devtools::set_offline(false).await;
    if devtools::claims().is_none() {
        return Ok("The page is connected.".to_owned());
    }
    call_api().await?;
    Ok("The server responds again, and you are logged in as before.".to_owned())
}

pub(super) async fn log_out() -> Result<String, AppError> {
    client::log_out();
    Ok("The page deleted the ticket at once and told its other tabs. The server deletes the stamp and refuses the ticket; if it is unreachable, it is told later.".to_owned())
}

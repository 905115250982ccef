//! What the buttons do, and what it means.

use super::Thief;
use crate::lab::{
    api, devtools,
    timing::RefreshOutcome,
    types::{CopiedToken, CopyResult},
    workbench::{Workbench, call_api},
};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;

/// Copies the refresh token of this browser for the attacker.
pub(super) async fn copy_refresh_token(workbench: Workbench) -> Result<String, AppError> {
    let theft = workbench.theft;
    theft.restart();
    let CopiedToken { generation, rotates_in } = api::copy_refresh_token().await?;
    theft.thief.set(Thief::Holds(generation));
    theft.add_line(
        "Thief",
        format!("copies your stamp #{generation}. Your browser still has it too."),
    );
    Ok(if rotates_in > 0 {
        let seconds = rotates_in.div_ceil(1000);
        format!(
            "Both hold the same stamp. It was replaced a short while ago: for {seconds} s a refresh keeps it. Let time pass, and then choose who refreshes."
        )
    } else {
        "Both hold the same stamp. Who refreshes first?".to_owned()
    })
}

pub(super) async fn let_time_pass(workbench: Workbench) -> Result<String, AppError> {
    let seconds = workbench.rotation_seconds();
    workbench.pass_time(seconds).await?;
    workbench
        .theft
        .add_line("Time", format!("{seconds} seconds pass for this session, without the wait."));
    Ok("The lab has moved the times of this session into the past.".to_owned())
}

/// Refreshes in this browser, and says what that meant for the theft.
pub(super) async fn owner_refreshes(workbench: Workbench) -> Result<String, AppError> {
    let theft = workbench.theft;
    let is_stolen = theft.thief.get_untracked() != Thief::Absent;
    match devtools::refresh().await {
        Ok(_) => {}
        Err(error) if error.code == ErrorCode::RefreshTokenReused => {
            theft.is_noticed.set(true);
            theft.add_line("You", "refresh with your stamp. The thief has already used it.");
            theft.add_line("Server", "sees an old stamp that isn't a retry: two clients hold this session. It ends the session, so the thief's stamp is useless too.");
            return Ok("The thief had access until you refreshed. In real use that happens within one ticket lifetime while you are active, and later while you are away.".to_owned());
        }
        Err(error) if error.code == ErrorCode::SessionRevoked => {
            theft.add_line("You", "refresh, and learn that the session was ended.");
            return Ok("The server had noticed the theft before. Log in again.".to_owned());
        }
        Err(error) => return Err(error),
    }
    let Some(token) = workbench.recorder.refresh_token_untracked() else {
        return Ok("You refreshed.".to_owned());
    };
    let generation = &token.report.generation;
    let (line, result) = match token.report.outcome {
        RefreshOutcome::Kept => (
            format!("refresh. Stamp #{generation} is so new that the server keeps it."),
            "Nothing was replaced. Let time pass, and refresh again.",
        ),
        RefreshOutcome::Repeated => (
            format!(
                "refresh with your old stamp, and get the thief's stamp #{generation}: within the reuse window the server takes the two for one client."
            ),
            "That is the price of the window: the two hold the same stamp again. The next refreshes tell them apart.",
        ),
        _ => (
            format!("refresh. The server replaces your stamp: you hold #{generation} now."),
            "You hold the newest stamp. A copy of the one before is old now: let time pass, and let the thief refresh.",
        ),
    };
    theft.add_line("You", line);
    Ok(if is_stolen { result } else { "You refreshed." }.to_owned())
}

/// Refreshes as the attacker, and says what that meant.
pub(super) async fn thief_refreshes(workbench: Workbench) -> Result<String, AppError> {
    let theft = workbench.theft;
    let CopyResult { shown, holds, refused } = api::refresh_with_copy().await?;
    match (holds, refused) {
        (Some(holds), _) => {
            theft.thief.set(Thief::Holds(holds));
            theft.add_line("Thief", format!("refreshes with stamp #{shown}."));
            let what = if holds == shown {
                format!("accepts it, and keeps #{holds}, which is new. The theft is not noticed.")
            } else {
                format!("accepts it, and issues #{holds}. The theft is not noticed.")
            };
            theft.add_line("Server", what);
            Ok("The thief is in, until you refresh. Let time pass, and refresh.".to_owned())
        }
        (None, Some(code)) if code != ErrorCode::RefreshTokenReused => Err(code.into()),
        (None, _) => {
            theft.thief.set(Thief::Refused(shown));
            theft.is_noticed.set(true);
            theft.add_line("Thief", format!("refreshes with stamp #{shown}."));
            theft.add_line("Server", format!("sees that stamp #{shown} is old, and this isn't a retry: two clients hold this session. It ends the session."));
            match call_api().await {
                Err(error) if error.code == ErrorCode::SessionRevoked => {
                    theft.add_line(
                        "You",
                        "call the API. The ticket is refused at once, though it has not expired.",
                    );
                }
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            Ok("The copy is worth nothing, and the thief was noticed on first use. You have to log in again.".to_owned())
        }
    }
}

//! Limits on codes of the second factor. They are there for the case that an attacker knows the password: such an
//! attacker guesses slowly, and can't keep the user out of a browser or a session that the user has already.

use super::{
    Counter, Limit, Step, by_place, count, device_cookie, passwords::right_password, take, what,
};
use crate::{
    auth::server::http::device::Device,
    db::user::UserRow,
    server::{error::ServiceError, state::AppState},
};
use sea_orm::ConnectionTrait;

/// Codes for one account from one place, in one known browser or in one session.
const FROM_HERE: Limit = Limit::new(5, 2, 15 * 60, 24);
/// Codes for one account from everywhere, which an attacker with the password can make grow; and from one known
/// browser, wherever it is.
const ACCOUNT: Limit = Limit::new(20, 1, 30, 24);

/// Counts a code.
///
/// # Errors
/// `rate_limited`.
pub async fn code(state: &AppState, user: &UserRow, device: &Device) -> Result<(), ServiceError> {
    let Counters { own, shared } = counters(state, user, device);
    count(state, [own, shared].concat()).await
}

/// The code was right: what was tried here before is forgotten, and of the other counters one try is taken
/// back. So is the right password of the step before, because both steps are one login.
pub async fn code_was_right(
    db: &impl ConnectionTrait,
    state: &AppState,
    user: &UserRow,
    device: &Device,
) -> Result<(), ServiceError> {
    if !state.config.rate_limits {
        return Ok(());
    }
    let Counters { own, mut shared } = counters(state, user, device);
    shared.push(right_password(state, user, device));
    let own = own.into_iter().map(|(what, _)| (what, Step::Forget));
    let shared = shared.into_iter().map(|(what, allowance)| (what, Step::TakeBack(allowance)));
    take(db, own.chain(shared).collect(), state.clock.now()).await?;
    Ok(())
}

struct Counters {
    own: Vec<Counter>,
    shared: Vec<Counter>,
}

fn counters(state: &AppState, user: &UserRow, device: &Device) -> Counters {
    let id = user.id.to_string();
    if let Some(session) = device.session {
        let own = vec![(what(&["code again", &session.to_string()]), FROM_HERE)];
        return Counters { own, shared: Vec::new() };
    }
    if let Some(mark) = device_cookie(state, user, device) {
        let place = device.places().near;
        let own = vec![
            (what(&["known code", &id, mark, &place]), FROM_HERE),
            (what(&["known code", &id, mark]), ACCOUNT),
        ];
        return Counters { own, shared: Vec::new() };
    }
    let own = by_place(&["code", &id], device, FROM_HERE);
    Counters { own, shared: vec![(what(&["code", &id]), ACCOUNT)] }
}

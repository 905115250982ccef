//! Limits on passwords. Wrong ones are limited because they are guesses, right ones because each costs a hash and
//! begins a session.

use super::{Counter, Limit, Step, TokenHash, by_place, count_unless, device_cookie, settle, what};
use crate::{
    auth::server::http::device::Device,
    db::user::UserRow,
    server::{error::ServiceError, state::AppState},
};
use uuid::Uuid;

/// Passwords for one account from one place.
const ACCOUNT_FROM_HERE: Limit = Limit::new(5, 2, 15 * 60, 6);
/// Passwords for one account from everywhere, which strangers can make grow; and from one known browser, wherever
/// it is.
const ACCOUNT: Limit = Limit::new(20, 1, 30, 1);
/// Passwords from one place, for any account. Strangers at the same address can make this one grow.
const ADDRESS: Limit = Limit::new(60, 1, 60, 1);
/// Right passwords for one account.
pub(super) const RIGHT: Limit = Limit::new(60, 1, 30, 1);
/// Right passwords from one place, for any account.
const RIGHT_FROM: Limit = Limit::new(600, 1, 30, 1);

/// Counts a password for a name or an address, folded as it was typed, of an account or of none. In a browser
/// in which the user has logged in before it counts apart, so that no other client delays the user there.
///
/// # Errors
/// `rate_limited`.
pub async fn password(
    state: &AppState,
    name: &str,
    user: Option<&UserRow>,
    device: &Device,
) -> Result<(), ServiceError> {
    // For an unknown name too: an account must not be told by the time that an answer takes.
    let right = match user {
        Some(user) => right(state, user, device),
        None => right_of(what(&["right password", name]), device),
    };
    let known = user.and_then(|user| Some((user, device_cookie(state, user, device)?)));
    let counters = match known {
        Some((user, mark)) => in_known_browser(user, mark, device),
        None => {
            let mut counters = by_place(&["password", name], device, ACCOUNT_FROM_HERE);
            counters.extend(by_place(&["password from"], device, ADDRESS));
            counters.push((what(&["password", name]), ACCOUNT));
            counters
        }
    };
    count_unless(state, counters, &right).await
}

/// The password was right, so what was tried before it is forgotten, by name and by address. Of what counts
/// for all accounts together, this one try is taken back. It counts as a right one.
///
/// # Errors
/// `rate_limited` for too many right ones.
pub async fn password_was_right(
    state: &AppState,
    user: &UserRow,
    device: &Device,
) -> Result<(), ServiceError> {
    let mut steps = Vec::new();
    if let Some(mark) = device_cookie(state, user, device) {
        // What others have tried still counts for them.
        forget(&mut steps, in_known_browser(user, mark, device));
    } else {
        for name in [&user.username_key, &user.email_key] {
            forget(&mut steps, by_place(&["password", name], device, ACCOUNT_FROM_HERE));
            steps.push((what(&["password", name]), Step::Forget));
        }
        let shared = by_place(&["password from"], device, ADDRESS).into_iter();
        steps.extend(shared.map(|(what, allowance)| (what, Step::TakeBack(allowance))));
    }
    let right = right(state, user, device).into_iter();
    steps.extend(right.map(|(what, allowance)| (what, Step::Count(allowance))));
    settle(state, steps).await
}

/// Counts a password that is asked for again in a running session. It counts for this session alone, so that
/// no other client delays the user.
///
/// # Errors
/// `rate_limited`.
pub async fn reauthentication(state: &AppState, session: Uuid) -> Result<(), ServiceError> {
    count_unless(state, vec![wrong_again(session)], &[right_again(session)]).await
}

/// It was right: what was tried before is forgotten, and it counts as a right one.
///
/// # Errors
/// `rate_limited` for too many right ones.
pub async fn reauthentication_succeeded(
    state: &AppState,
    session: Uuid,
) -> Result<(), ServiceError> {
    let (right, allowance) = right_again(session);
    let steps = vec![(wrong_again(session).0, Step::Forget), (right, Step::Count(allowance))];
    settle(state, steps).await
}

/// What a right password of this device counts as.
pub(super) fn right_password(state: &AppState, user: &UserRow, device: &Device) -> Counter {
    let id = user.id.to_string();
    match (device.session, device_cookie(state, user, device)) {
        (Some(session), _) => right_again(session),
        (None, Some(mark)) => (what(&["right password", &id, mark]), RIGHT),
        (None, None) => (what(&["right password", &id]), RIGHT),
    }
}

/// All that limits right passwords of this device. In a known browser that is nothing that other clients count for.
fn right(state: &AppState, user: &UserRow, device: &Device) -> Vec<Counter> {
    match device_cookie(state, user, device) {
        Some(_) => vec![right_password(state, user, device)],
        None => right_of(right_password(state, user, device).0, device),
    }
}

fn right_of(account: TokenHash, device: &Device) -> Vec<Counter> {
    let mut counters = by_place(&["right password from"], device, RIGHT_FROM);
    counters.push((account, RIGHT));
    counters
}

fn in_known_browser(user: &UserRow, mark: &str, device: &Device) -> Vec<Counter> {
    let id = user.id.to_string();
    let place = device.places().near;
    vec![
        (what(&["known password", &id, mark, &place]), ACCOUNT_FROM_HERE),
        (what(&["known password", &id, mark]), ACCOUNT),
    ]
}

fn wrong_again(session: Uuid) -> Counter {
    (what(&["password again", &session.to_string()]), ACCOUNT_FROM_HERE)
}

fn right_again(session: Uuid) -> Counter {
    (what(&["right password again", &session.to_string()]), RIGHT)
}

fn forget(steps: &mut Vec<(TokenHash, Step)>, counters: Vec<Counter>) {
    steps.extend(counters.into_iter().map(|(what, _)| (what, Step::Forget)));
}

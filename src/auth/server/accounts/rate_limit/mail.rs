//! Limits on mail that is asked for: by who asks, and by who receives it.

use super::{Counter, Limit, Step, by_place, count, device_cookie, passwords::RIGHT, settle, what};
use crate::{
    auth::server::http::device::Device,
    db::user::{self, UserRow},
    server::{error::ServiceError, state::AppState},
};

/// Mail to one address that was asked for from one place.
const MAIL_FROM_HERE: Limit = Limit::new(5, 30, 60 * 60, 6);
/// Mail to one address, which strangers can make grow; and mail that one known browser asks for, wherever it is.
const MAIL_TO: Limit = Limit::new(12, 5, 2 * 60, 1);
/// Mail that was asked for from one place.
const MAIL_FROM: Limit = Limit::new(60, 1, 5 * 60, 1);

/// Counts a mail to a folded address that was asked for without a login. In a browser in which the user of that
/// address has logged in before, what others ask for doesn't count. Only for such a browser the account is looked
/// up: without its cookie the request does the same work for every address.
///
/// # Errors
/// `rate_limited`.
pub async fn mail(state: &AppState, to: &str, device: &Device) -> Result<(), ServiceError> {
    let user = match device.known {
        Some(_) => user::find_by_name_or_email(&state.db, to).await?,
        None => None,
    };
    let mark = user.as_ref().and_then(|user| device_cookie(state, user, device));
    let recipient = match mark {
        Some(mark) => (what(&["mail", to, "known", mark]), MAIL_TO),
        None => (what(&["mail", to]), MAIL_TO),
    };
    count(state, [from(to, device), vec![recipient]].concat()).await
}

/// Counts a mail that a logged-in user asked for. The user may name any address: only for the account's own
/// address, once it is confirmed, the recipient and the user are the same person.
///
/// # Errors
/// `rate_limited`.
pub async fn mail_for_user(
    state: &AppState,
    user: &UserRow,
    to: &str,
    device: &Device,
) -> Result<(), ServiceError> {
    let mut counters = from(to, device);
    if user.email_confirmed_at.is_none() || user.email_key != to {
        counters.push((what(&["mail", to]), MAIL_TO));
    }
    count(state, counters).await
}

/// A link that was sent has arrived and was used to log in, so the mail to its address is forgotten: a user who
/// always logs in with links is not delayed. That is limited like right passwords are, or an
/// attacker could have any amount of mail sent to an address of their own.
///
/// # Errors
/// `rate_limited` if nothing is forgotten any more; a database error.
pub async fn mail_arrived(state: &AppState, to: &str, device: &Device) -> Result<(), ServiceError> {
    link_login(state, to).await?;
    let mut steps = vec![(what(&["mail", to]), Step::Forget)];
    for (counter, _) in by_place(&["mail", to], device, MAIL_FROM_HERE) {
        steps.push((counter, Step::Forget));
    }
    if let Some(mark) = &device.known {
        steps.push((what(&["mail", to, "known", mark]), Step::Forget));
    }
    for (counter, allowance) in by_place(&["mail from"], device, MAIL_FROM) {
        steps.push((counter, Step::TakeBack(allowance)));
    }
    settle(state, steps).await
}

/// Counts a login with a link that was sent to this folded address.
///
/// # Errors
/// `rate_limited` for too many; a database error.
pub async fn link_login(state: &AppState, to: &str) -> Result<(), ServiceError> {
    count(state, vec![(what(&["link login", to]), RIGHT)]).await
}

fn from(to: &str, device: &Device) -> Vec<Counter> {
    let mut counters = by_place(&["mail", to], device, MAIL_FROM_HERE);
    counters.extend(by_place(&["mail from"], device, MAIL_FROM));
    counters
}

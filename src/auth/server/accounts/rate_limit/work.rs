//! Limits on what costs work or space, or sends notices: accounts, guests, posts, changes of an account.

use super::{Limit, by_place, count, what};
use crate::{
    auth::server::http::device::Device,
    server::{error::ServiceError, state::AppState},
};
use uuid::Uuid;

/// New accounts, and new guests, from one place. How many are free is a setting: a school class has one address.
const ACCOUNTS: Limit = Limit::new(0, 1, 60, 1);
/// Posts of one user.
const POSTS: Limit = Limit::new(60, 1, 60, 1);
/// New passwords that are measured and hashed for one account.
const NEW_PASSWORDS: Limit = Limit::new(30, 1, 30, 1);
/// Changes of one account of which a notice is sent, or that make a picture or codes.
const CHANGES: Limit = Limit::new(30, 1, 30, 1);

/// Counts a new account.
///
/// # Errors
/// `rate_limited`.
pub async fn sign_up(state: &AppState, device: &Device) -> Result<(), ServiceError> {
    count(state, by_place(&["sign up"], device, accounts(state))).await
}

/// Counts a new guest, apart from the accounts.
///
/// # Errors
/// `rate_limited`.
pub async fn guest(state: &AppState, device: &Device) -> Result<(), ServiceError> {
    count(state, by_place(&["guest"], device, accounts(state))).await
}

/// Counts a post.
///
/// # Errors
/// `rate_limited`.
pub async fn post(state: &AppState, author: Uuid) -> Result<(), ServiceError> {
    count(state, vec![(what(&["post", &author.to_string()]), POSTS)]).await
}

/// Counts a new password for an account, which the user may set.
///
/// # Errors
/// `rate_limited`.
pub async fn new_password(state: &AppState, user: Uuid) -> Result<(), ServiceError> {
    count(state, vec![(what(&["new password", &user.to_string()]), NEW_PASSWORDS)]).await
}

/// Counts a change of an account. Passwords, logouts and deletion are not counted here: an attacker in a session
/// must not delay what ends it.
///
/// # Errors
/// `rate_limited`.
pub async fn change(state: &AppState, user: Uuid) -> Result<(), ServiceError> {
    count(state, vec![(what(&["change", &user.to_string()]), CHANGES)]).await
}

fn accounts(state: &AppState) -> Limit {
    Limit { free: state.config.sign_up_limit, ..ACCOUNTS }
}

//! Rate limits on requests that are expensive or send notices: accounts, guests, posts and changes of an account.

use super::{Limit, RateLimiter, by_place, consume, hashed_key};
use crate::{device::Device, error::ServiceError};
use uuid::Uuid;

/// New accounts and new guests from one client address. The number without a delay is configurable, because many users
/// may share one address.
const ACCOUNTS: Limit = Limit::new(0, 1, 60, 1);
/// Posts by one user.
const POSTS: Limit = Limit::new(60, 1, 60, 1);
/// New passwords that are measured and hashed for one account.
const NEW_PASSWORDS: Limit = Limit::new(30, 1, 30, 1);
/// Changes of one account that send a notice, or that create a QR code or recovery codes.
const CHANGES: Limit = Limit::new(30, 1, 30, 1);

/// Records a new account.
///
/// # Errors
/// `rate_limited`.
pub async fn sign_up(limiter: &RateLimiter, device: &Device) -> Result<(), ServiceError> {
    consume(limiter, by_place(&["sign up"], device, accounts(limiter))).await
}

/// Records a new guest. Guests and accounts have separate counters.
///
/// # Errors
/// `rate_limited`.
pub async fn guest(limiter: &RateLimiter, device: &Device) -> Result<(), ServiceError> {
    consume(limiter, by_place(&["guest"], device, accounts(limiter))).await
}

/// Records a post.
///
/// # Errors
/// `rate_limited`.
pub async fn post(limiter: &RateLimiter, author: Uuid) -> Result<(), ServiceError> {
    consume(limiter, vec![(hashed_key(&["post", &author.to_string()]), POSTS)]).await
}

/// Records a new password of an account.
///
/// # Errors
/// `rate_limited`.
pub async fn new_password(limiter: &RateLimiter, user: Uuid) -> Result<(), ServiceError> {
    consume(limiter, vec![(hashed_key(&["new password", &user.to_string()]), NEW_PASSWORDS)]).await
}

/// Records a change of an account. Changes of the password, logouts and deletion are not counted, because an attacker
/// in a session must not be able to delay the actions that end it.
///
/// # Errors
/// `rate_limited`.
pub async fn change(limiter: &RateLimiter, user: Uuid) -> Result<(), ServiceError> {
    consume(limiter, vec![(hashed_key(&["change", &user.to_string()]), CHANGES)]).await
}

fn accounts(limiter: &RateLimiter) -> Limit {
    Limit { free: limiter.sign_up_limit, ..ACCOUNTS }
}

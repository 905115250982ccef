//! Real refresh tokens for the proofs: one chain, made with the functions of the server.

use handstamp_engine::{
    keys::{KeyRing, ServerSecret},
    refresh_token::{RefreshToken, TokenHash},
    rotation::Presented,
};
use std::sync::LazyLock;
use uuid::Uuid;
use zeroize::Zeroizing;

static RING: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::new(&[ServerSecret::new(vec![7; 32]).unwrap()]).unwrap());

/// Returns the refresh token of a login.
pub(crate) fn first() -> RefreshToken {
    RefreshToken::generate(RING.newest(), Uuid::from_u128(7), Zeroizing::new([9; 32]))
}

/// Parses a token of the chain.
pub(crate) fn read(text: &str) -> RefreshToken {
    RefreshToken::parse(&RING, text).unwrap()
}

/// Returns the token of the next generation.
pub(crate) fn successor(text: &str) -> String {
    read(text).successor(&RING).unwrap().expose_secret().to_owned()
}

/// Returns what the server reads from a token and an attempt id.
pub(crate) fn presented(text: &str, attempt: Option<&str>) -> Presented {
    let token = read(text);
    Presented {
        session: token.session(),
        generation: token.generation(),
        token: token.hash(),
        successor: token.successor(&RING).unwrap().hash(),
        attempt: attempt.map(TokenHash::of),
    }
}

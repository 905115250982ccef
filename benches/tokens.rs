//! The cost of token operations without a server. `cargo bench --bench tokens` prints it.

#![expect(clippy::unwrap_used, reason = "a benchmark has to fail on unexpected results")]

use criterion::{Criterion, criterion_group, criterion_main};
use handstamp_engine::{
    access_token::{AccessTokens, Subject},
    clock::Timestamp,
    keys::{KeyRing, ServerSecret},
    refresh_token::RefreshToken,
};
use std::{hint::black_box, time::Duration};
use uuid::Uuid;
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn key_ring() -> KeyRing {
    KeyRing::new(&[ServerSecret::new(vec![7; 32]).unwrap()]).unwrap()
}

fn access_tokens() -> AccessTokens {
    AccessTokens::new(&key_ring(), "https://a.example".to_owned(), Duration::from_secs(900))
        .unwrap()
}

fn subject() -> Subject {
    Subject {
        user: Uuid::from_u128(1),
        session: Uuid::from_u128(2),
        authenticated_at: NOW,
        session_ends_at: NOW.plus(Duration::from_secs(3600)),
    }
}

fn refresh_tokens(c: &mut Criterion) {
    let ring = key_ring();
    let token = RefreshToken::generate(ring.newest(), Uuid::from_u128(7), Zeroizing::new([9; 32]));
    let text = token.expose_secret().to_owned();
    let mut forged = text.clone();
    forged.replace_range(40..41, if &text[40..41] == "A" { "B" } else { "A" });
    c.bench_function("refresh token: parse", |b| {
        b.iter(|| RefreshToken::parse(&ring, black_box(&text)).unwrap());
    });
    c.bench_function("refresh token: reject a forgery", |b| {
        b.iter(|| RefreshToken::parse(&ring, black_box(&forged)).unwrap_err());
    });
    c.bench_function("refresh token: successor", |b| {
        b.iter(|| black_box(&token).successor(&ring).unwrap());
    });
    c.bench_function("refresh token: hash", |b| b.iter(|| black_box(&token).hash()));
}

fn signed_tokens(c: &mut Criterion) {
    let tokens = access_tokens();
    let (token, _) = tokens.issue(subject(), NOW).unwrap();
    c.bench_function("access token: sign", |b| {
        b.iter(|| tokens.issue(black_box(subject()), NOW).unwrap());
    });
    c.bench_function("access token: verify, not cached", |b| {
        b.iter_batched(
            access_tokens,
            |fresh| fresh.verify(token.expose_secret(), NOW).unwrap(),
            criterion::BatchSize::LargeInput,
        );
    });
    tokens.verify(token.expose_secret(), NOW).unwrap();
    c.bench_function("access token: verify, cached", |b| {
        b.iter(|| tokens.verify(black_box(token.expose_secret()), NOW).unwrap());
    });
}

criterion_group!(benches, refresh_tokens, signed_tokens);
criterion_main!(benches);

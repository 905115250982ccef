//! The token engine: refresh tokens and their rotation, access tokens, the key ring, and the set of revoked sessions.
//!
//! It has no HTTP, no database and no clock: the caller passes the time, and implements [`rotation::SessionStore`].
//! Reading order: [`keys`], [`refresh_token`], [`access_token`], [`session`], [`rotation`], [`revoked_sessions`].
//!
//! A session is refreshed with the token of its login:
//!
//! ```
//! use handstamp_engine::{
//!     clock::Clock,
//!     keys::{KeyRing, ServerSecret},
//!     random::random,
//!     refresh_token::RefreshToken,
//!     rotation::{Policy, Presented, in_memory::InMemorySession, refresh},
//! };
//! use std::time::Duration;
//! use uuid::Uuid;
//!
//! # use std::{pin::pin, task::{Context, Poll, Waker}};
//! # let example = pin!(async {
//! let secret = ServerSecret::new(random::<32>()?.to_vec()).expect("32 bytes are enough");
//! let keys = KeyRing::new(&[secret])?;
//! let token = RefreshToken::generate(keys.newest(), Uuid::new_v4(), random()?.into());
//!
//! let policy = Policy { window: Duration::from_secs(10), idle: None };
//! let (now, lifetime) = (Clock::system().now(), Duration::from_secs(3600));
//! let session = InMemorySession::start(token.session(), token.hash(), lifetime, now, policy);
//!
//! let presented = Presented {
//!     session: token.session(),
//!     generation: token.generation(),
//!     token: token.hash(),
//!     successor: token.successor(&keys)?.hash(),
//!     attempt: None,
//! };
//! let refreshed = refresh(&session, &presented, now, &policy).await?;
//! println!("rotated: {}, generation {}", refreshed.rotated, refreshed.session.generation);
//! # assert!(refreshed.rotated && refreshed.session.generation == 1);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # });
//! # let mut context = Context::from_waker(Waker::noop());
//! # let Poll::Ready(result) = example.poll(&mut context) else { panic!("pending") };
//! # result.unwrap();
//! ```

pub mod access_token;
pub mod clock;
pub mod jwk;
mod jwt_provider;
pub mod keys;
pub mod random;
pub mod refresh_token;
pub mod revoked_sessions;
pub mod rotation;
pub mod session;

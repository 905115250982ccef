//! What every request may use.

use super::{
    cluster::{Membership, signed_until},
    config::Config,
    error::ServiceError,
    mail::OutboxLock,
    site,
    timing::{self, Part},
};
use crate::{
    auth::server::{
        accounts::{failed_logins::FailedLogins, password::Passwords},
        http::cookie::Cookies,
        sessions::{batcher::Queue, revocation},
    },
    db::{self, Db, connection::Opened, with_timeout},
    engine::{
        access_token::AccessTokens, clock::Clock, keys::KeyRing, revoked_sessions::RevokedSessions,
        rotation::Policy,
    },
    lab::server::Thieves,
};
use anyhow::{Context, anyhow};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// How many passwords are measured at once.
const MEASURED_AT_ONCE: usize = 4;

/// Shared by all requests; cloning it is cheap.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Shared>);

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What they share.
#[derive(Debug)]
pub struct Shared {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The database, to read from.
    pub db: Db,
    /// The database, to write to.
    pub writer: Db,
    /// The cookies, as the public URL wants them.
    pub cookies: Cookies,
    /// The keys of the refresh tokens.
    pub keys: KeyRing,
    /// Issues and checks access tokens.
    pub access_tokens: AccessTokens,
    /// The settings of the state table.
    pub policy: Policy,
    /// Where refreshes wait to be written together.
    pub rotations: Queue,
    /// Logins take turns to write, so that a refresh never waits behind a row of them.
    pub logins: Semaphore,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// The sessions whose access tokens are refused.
    pub revoked: RevokedSessions,
    /// The failed logins that are not written down yet.
    pub failed_logins: FailedLogins,
    /// This node among the nodes of the database.
    pub membership: Membership,
    /// Measuring the strength of a password takes its turn.
    pub measuring: Arc<Semaphore>,
    /// Who may read the outbox.
    pub outbox: OutboxLock,
    /// Says that there is mail to send.
    pub mail_waits: Notify,
    /// Who plays the thief in the lab.
    pub thieves: Thieves,
    /// Where the client's files are.
    pub leptos: LeptosOptions,
}

impl AppState {
    /// Connects to the database and derives the keys.
    ///
    /// # Errors
    /// A secret that can't be used, a database that can't be opened or that belongs to nodes with
    /// other settings.
    pub async fn new(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::with_leptos_options(config, clock, site::options("handstamp", "site")).await
    }

    /// The same for an app of your own, whose client's files are where `leptos` says.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn with_leptos_options(
        config: Config,
        clock: Clock,
        leptos: LeptosOptions,
    ) -> anyhow::Result<Self> {
        let keys =
            KeyRing::new(&config.secrets).map_err(|error| anyhow!("HANDSTAMP_SECRET: {error}"))?;
        let issuer = config.public_url.origin().ascii_serialization();
        let access_tokens = AccessTokens::new(&keys, issuer, config.access_ttl)?;
        let mut opened = db::connect(&config.database_url).await?;
        let membership = Membership::join(&opened.db, &config, &keys, &clock).await?;
        access_tokens.limit(&signed_until(&opened.db, &keys).await?);
        opened.release().await?;
        let Opened { mut db, mut writer, .. } = opened;
        if config.demo {
            for db in [&mut db, &mut writer] {
                db.set_metric_callback(|query| timing::add(Part::Db, query.elapsed));
            }
        }
        // Where there is one writer, one login may be before a refresh.
        let logins = if config.database_url.is_postgres() { 8 } else { 1 };
        let now = clock.now();
        let revoked = revocation::load(&db, config.access_ttl, now)
            .await
            .context("reading the revoked sessions")?;
        let policy = Policy { window: config.reuse_window, idle: config.idle_ttl };
        Ok(Self(Arc::new(Shared {
            policy,
            rotations: Queue::start(writer.clone(), policy, clock.clone()),
            logins: Semaphore::new(logins),
            passwords: Passwords::new()?,
            measuring: Arc::new(Semaphore::new(MEASURED_AT_ONCE)),
            outbox: OutboxLock::new(config.outbox_key.as_deref(), &keys)?,
            mail_waits: Notify::new(),
            thieves: Thieves::default(),
            cookies: Cookies::new(&config.public_url),
            config,
            clock,
            db,
            writer,
            keys,
            access_tokens,
            revoked,
            failed_logins: FailedLogins::default(),
            membership,
            leptos,
        })))
    }
}

impl AppState {
    /// Closes the connections to SQLite, which then puts everything into its one file.
    pub(super) async fn close(&self) {
        if self.config.database_url.is_postgres() {
            return;
        }
        // The last statements may belong to requests that were cut off.
        let closing = with_timeout(async {
            self.writer.close_by_ref().await?;
            self.db.close_by_ref().await
        });
        if let Err(error) = closing.await {
            tracing::warn!(event = "database_close_failed", %error, "the database was not closed");
        }
    }

    /// The turn to write of whatever is no refresh, for as long as it is held.
    ///
    /// # Errors
    /// None while the server runs.
    pub async fn login_permit(&self) -> Result<SemaphorePermit<'_>, ServiceError> {
        self.logins.acquire().await.map_err(|closed| ServiceError::internal(closed.into()))
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

//! The state of the server, which every handler can use.

use super::{
    cluster::{Membership, signed_until},
    config::Config,
    mail::{Mailer, OutboxLock},
    site,
    timing::{self, Part},
};
use crate::{
    auth::server::{
        accounts::{
            Accounts, failed_logins::FailedLogins, password::Passwords, password_strength,
            rate_limit::RateLimiter,
        },
        http::cookie::Cookies,
        sessions::{Sessions, batcher::Queue, revocation},
    },
    db::{self, Database, connection::Opened, with_timeout},
    engine::{access_token::AccessTokens, clock::Clock, keys::KeyRing, rotation::Policy},
    lab::server::Thieves,
};
use anyhow::{Context, anyhow};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};
use tokio::sync::Semaphore;

/// How many passwords are measured concurrently.
const MAX_MEASUREMENTS: usize = 4;

/// Shared by all requests; cloning it is cheap.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Shared>);

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The settings and the services of a server. A service doesn't know this type: it has only what it uses.
#[derive(Debug)]
pub struct Shared {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub db: Database,
    /// The keys that are derived from the server secrets.
    pub keys: Arc<KeyRing>,
    /// Reads and writes the cookies.
    pub cookies: Cookies,
    /// Issues, rotates and revokes tokens.
    pub sessions: Sessions,
    /// Creates accounts, logs in to them and changes them.
    pub accounts: Accounts,
    /// Queues and sends mail.
    pub mailer: Mailer,
    /// The key of the outbox of a demo.
    pub outbox: OutboxLock,
    /// This node among the nodes of the database.
    pub membership: Membership,
    /// The refresh tokens that were copied in the lab.
    pub thieves: Thieves,
    /// The paths of the client's files.
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
        let keys = Arc::new(keys);
        let issuer = config.public_url.origin().ascii_serialization();
        let access_tokens = Arc::new(AccessTokens::new(&keys, issuer, config.access_ttl)?);
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
        let revoked = revocation::load(&db, config.access_ttl, clock.now())
            .await
            .context("reading the revoked sessions")?;
        let db = Database::new(db, writer);
        let mailer = Mailer::new(
            db.clone(),
            clock.clone(),
            Arc::clone(&keys),
            config.public_url.clone(),
            config.smtp.clone(),
            Arc::clone(&config.mail_templates),
            config.demo,
        );
        let policy = Policy { window: config.reuse_window, idle: config.idle_ttl };
        let sessions = Sessions {
            rotations: Queue::start(db.writer.clone(), policy, clock.clone()),
            db: db.clone(),
            clock: clock.clone(),
            keys: Arc::clone(&keys),
            access_tokens,
            policy,
            revoked: Arc::new(revoked),
            mailer: mailer.clone(),
        };
        let accounts = accounts(&config, sessions.clone())?;
        Ok(Self(Arc::new(Shared {
            outbox: OutboxLock::new(config.outbox_key.as_deref(), &keys)?,
            thieves: Thieves::default(),
            cookies: Cookies::new(&config.public_url),
            config,
            clock,
            db,
            keys,
            sessions,
            accounts,
            mailer,
            membership,
            leptos,
        })))
    }
}

fn accounts(config: &Config, sessions: Sessions) -> anyhow::Result<Accounts> {
    let sender = config.smtp.as_ref().and_then(|smtp| smtp.from.name.as_deref());
    Ok(Accounts {
        rate_limiter: RateLimiter {
            db: sessions.db.clone(),
            clock: sessions.clock.clone(),
            keys: Arc::clone(&sessions.keys),
            enabled: config.rate_limits,
            sign_up_limit: config.sign_up_limit,
        },
        db: sessions.db.clone(),
        clock: sessions.clock.clone(),
        keys: Arc::clone(&sessions.keys),
        mailer: sessions.mailer.clone(),
        sessions,
        passwords: Arc::new(Passwords::new()?),
        strength_permits: Arc::new(Semaphore::new(MAX_MEASUREMENTS)),
        service_words: password_strength::service_words(&config.public_url, sender),
        failed_logins: Arc::new(FailedLogins::default()),
        refresh_ttl: config.refresh_ttl,
        public_url: config.public_url.clone(),
        allows_guests: config.demo,
    })
}

impl AppState {
    /// Closes the connections to SQLite, which then puts everything into its one file.
    pub(super) async fn close(&self) {
        if self.config.database_url.is_postgres() {
            return;
        }
        // The last statements may belong to requests that were cut off.
        let closing = with_timeout(async {
            self.db.writer.close_by_ref().await?;
            self.db.reader.close_by_ref().await
        });
        if let Err(error) = closing.await {
            tracing::warn!(event = "database_close_failed", %error, "the database was not closed");
        }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

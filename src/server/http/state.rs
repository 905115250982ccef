//! The state of the server, which handlers extract.

use super::cookie::Cookies;
use crate::{
    accounts::{
        Accounts,
        failed_logins::FailedLogins,
        password::Passwords,
        password_strength,
        user_data::{NoUserData, UserData},
    },
    cluster::{Membership, signed_until},
    config::Config,
    db::{self, Database, connection::Opened, with_timeout},
    mail::{
        Mailer, OutboxLock,
        templates::{DefaultTemplates, MailTemplates},
    },
    rate_limit::RateLimiter,
    sessions::{Sessions, batcher::Batcher, revocation},
    timing::TIMING,
};
use anyhow::{Context, anyhow};
use handstamp_engine::{access_token::AccessTokens, clock::Clock, keys::KeyRing, rotation::Policy};
use std::{ops::Deref, sync::Arc};
use tokio::sync::Semaphore;

/// The maximum number of concurrent estimates of password strength.
const MAX_MEASUREMENTS: usize = 4;

/// The settings and the services, behind an `Arc`.
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
    pub config: Config,
    pub clock: Clock,
    pub db: Database,
    /// The keys that are derived from the server secrets.
    pub keys: Arc<KeyRing>,
    /// Reads and writes the cookies.
    pub cookies: Cookies,
    /// Issues, rotates and revokes tokens.
    pub sessions: Sessions,
    /// Creates accounts, logs in to them and changes them.
    pub accounts: Accounts,
    /// Enqueues and sends e-mails.
    pub mailer: Mailer,
    /// The key of the outbox of a demo.
    pub outbox: OutboxLock,
    /// The membership of this node in the cluster.
    pub membership: Membership,
    /// Whether the name of an asset changes with its content, so that browsers can cache it for a year.
    pub hashes_assets: bool,
}

/// The extension points of the services.
#[derive(Debug, Clone)]
pub struct Extensions {
    /// Deletes the app's data of a user.
    pub user_data: Arc<dyn UserData>,
    /// The texts of the e-mails.
    pub mail_templates: Arc<dyn MailTemplates>,
    /// Whether the name of an asset changes with its content, so that browsers can cache it for a year.
    pub hashes_assets: bool,
}

impl Default for Extensions {
    fn default() -> Self {
        Self {
            user_data: Arc::new(NoUserData),
            mail_templates: Arc::new(DefaultTemplates),
            hashes_assets: false,
        }
    }
}

impl AppState {
    /// Connects to the database, applies its migrations, derives the keys and starts the services.
    ///
    /// # Errors
    /// Fails if a server secret can't be used, if the database can't be opened, or if it belongs to nodes with other
    /// settings.
    pub async fn new(config: Config, clock: Clock, extensions: Extensions) -> anyhow::Result<Self> {
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
        for db in [&mut db, &mut writer] {
            db.set_metric_callback(|query| {
                let seconds = query.elapsed.as_secs_f64();
                tracing::trace!(name: "db", target: TIMING, seconds);
            });
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
            extensions.mail_templates,
            config.demo,
        );
        let policy = Policy { window: config.reuse_window, idle: config.idle_ttl };
        let sessions = Sessions {
            batcher: Batcher::start(db.writer.clone(), policy, clock.clone()),
            db: db.clone(),
            clock: clock.clone(),
            keys: Arc::clone(&keys),
            access_tokens,
            policy,
            revoked: Arc::new(revoked),
            mailer: mailer.clone(),
        };
        let accounts = accounts(&config, sessions.clone(), extensions.user_data)?;
        Ok(Self(Arc::new(Shared {
            outbox: OutboxLock::new(config.outbox_key.as_deref(), &keys)?,
            cookies: Cookies::new(&config.public_url),
            config,
            clock,
            db,
            keys,
            sessions,
            accounts,
            mailer,
            membership,
            hashes_assets: extensions.hashes_assets,
        })))
    }
}

fn accounts(
    config: &Config,
    sessions: Sessions,
    user_data: Arc<dyn UserData>,
) -> anyhow::Result<Accounts> {
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
        user_data,
        refresh_ttl: config.refresh_ttl,
        public_url: config.public_url.clone(),
        allows_guests: config.demo,
    })
}

impl AppState {
    /// Closes the connections to SQLite, which then merges its write-ahead log into the database file.
    pub(crate) async fn close(&self) {
        if self.config.database_url.is_postgres() {
            return;
        }
        // With a timeout, because statements of aborted requests may still run.
        let closing = with_timeout(async {
            self.db.writer.close_by_ref().await?;
            self.db.reader.close_by_ref().await
        });
        if let Err(error) = closing.await {
            tracing::warn!(event = "database_close_failed", %error, "the database could not be closed");
        }
    }
}

//! The nodes of a database, and the settings that must be identical on all of them.
//!
//! A node with another secret, lifetime or public URL would issue tokens that the other nodes reject, so it refuses to
//! start. Each node writes a heartbeat every few seconds. The database also stores the fingerprint of the newest
//! secret, because a start with another secret would end every session.

use crate::{
    config::Config,
    db::{
        Db,
        node::{self, NodeRow},
        with_timeout,
    },
    sessions::Sessions,
};
use anyhow::{Context, bail};
use handstamp_engine::{
    clock::{Clock, Timestamp},
    keys::KeyRing,
};
use sea_orm::DbErr;
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// The interval between two heartbeats.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);

/// The time without a heartbeat after which a node is considered dead.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(15);

/// The timeout for removing this node at shutdown.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// The name of the newest secret's fingerprint in `remembered`.
const SECRET: &str = "secret";

/// The prefix of names in `remembered`. With the fingerprint of a secret appended, it names the time at which a node
/// was last known to sign access tokens with that secret.
const SIGNED_UNTIL: &str = "signed_until ";

/// Allows for the difference between the clocks of the nodes, and for the heartbeat interval.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(30);

/// This node as a member of the cluster. Empty on SQLite, which has a single node.
#[derive(Debug, Clone)]
pub struct Membership(Option<NodeRow>);

impl Membership {
    /// Registers this node in the database.
    ///
    /// # Errors
    /// Fails if a setting differs from that of a running node, or if the database was used with another secret. The
    /// message contains the variable.
    pub async fn join(
        db: &Db,
        config: &Config,
        keys: &KeyRing,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let secrets: Vec<String> = keys.iter().map(|keys| keys.fingerprint.clone()).collect();
        check_secret(db, &secrets, config.accept_new_secret).await?;
        if !config.database_url.is_postgres() {
            record_secret(db, &secrets, clock.now()).await?;
            return Ok(Self(None));
        }
        let node = NodeRow {
            id: Uuid::new_v4(),
            settings: serde_json::to_string(&shared_settings(config))
                .context("encoding the settings")?,
            secrets: secrets.join(" "),
        };
        check_others(db, &node).await?;
        // After the checks, because a start that fails must not write anything.
        record_secret(db, &secrets, clock.now()).await?;
        node::heartbeat(db, &node).await?;
        Ok(Self(Some(node)))
    }

    /// Writes a heartbeat every few seconds, and removes dead nodes. Never returns.
    pub async fn send_heartbeats(self, sessions: Sessions) {
        let Some(node) = &self.0 else { return std::future::pending().await };
        loop {
            tokio::time::sleep(HEARTBEAT_INTERVAL).await;
            let written = async {
                node::remove_expired(&sessions.db.reader, HEARTBEAT_TIMEOUT).await?;
                let newest = &sessions.keys.newest().fingerprint;
                record_signing(&sessions.db.reader, newest, sessions.clock.now()).await?;
                sessions
                    .access_tokens
                    .limit(&signed_until(&sessions.db.reader, &sessions.keys).await?);
                node::heartbeat(&sessions.db.reader, node).await
            };
            if let Err(error) = with_timeout(written).await {
                tracing::warn!(event = "heartbeat_failed", %error, "the heartbeat could not be written");
            } else if let Err(error) = check_others(&sessions.db.reader, node).await {
                // The other node started while this one had no heartbeat. Both keep running.
                tracing::error!(
                    event = "node_settings_differ",
                    error = format!("{error:#}"),
                    "a running node has other settings than this one"
                );
            }
        }
    }

    /// Removes this node, so that a node with other settings can start immediately.
    pub async fn leave(&self, db: &Db) {
        let Some(node) = &self.0 else { return };
        let left = tokio::time::timeout(LEAVE_TIMEOUT, node::remove(db, node.id)).await;
        if !matches!(left, Ok(Ok(()))) {
            tracing::warn!(
                event = "node_leave_failed",
                "this node could not be removed from the database, and counts as running until its heartbeat expires"
            );
        }
    }
}

/// Returns the settings that determine the content or the validity of tokens, by variable.
fn shared_settings(config: &Config) -> BTreeMap<String, String> {
    let span = |span: Duration| humantime::format_duration(span).to_string();
    [
        ("HANDSTAMP_PUBLIC_URL", config.public_url.to_string()),
        ("HANDSTAMP_ACCESS_TTL", span(config.access_ttl)),
        ("HANDSTAMP_REFRESH_TTL", span(config.refresh_ttl)),
        ("HANDSTAMP_IDLE_TTL", config.idle_ttl.map_or("off".to_owned(), span)),
        ("HANDSTAMP_REUSE_WINDOW", span(config.reuse_window)),
    ]
    .map(|(variable, value)| (variable.to_owned(), value))
    .into()
}

/// Stores the newest secret, and the current time as the end of the previous one: access tokens with a later date are
/// not accepted if they are signed with it.
async fn record_secret(db: &Db, secrets: &[String], now: Timestamp) -> anyhow::Result<()> {
    if let Some(before) = node::load(db, SECRET).await? {
        record_signing(db, &before, now).await?;
    }
    record_signing(db, &secrets[0], now).await?;
    Ok(node::store(db, SECRET, &secrets[0]).await?)
}

async fn record_signing(db: &Db, fingerprint: &str, now: Timestamp) -> Result<(), DbErr> {
    node::store(db, &format!("{SIGNED_UNTIL}{fingerprint}"), &now.0.to_string()).await
}

/// Returns, for each older secret, the latest date that access tokens signed with it may have. A secret that no node
/// has signed with is omitted: it is the next secret, which other nodes may start to use at any time.
pub async fn signed_until(db: &Db, keys: &KeyRing) -> Result<Vec<(String, Timestamp)>, DbErr> {
    let mut limits = Vec::new();
    for keys in keys.iter().skip(1) {
        let fact = format!("{SIGNED_UNTIL}{}", keys.fingerprint);
        if let Some(until) = node::load(db, &fact).await?.and_then(|text| text.parse().ok()) {
            limits.push((keys.fingerprint.clone(), Timestamp(until).plus(MAX_CLOCK_SKEW)));
        }
    }
    Ok(limits)
}

async fn check_secret(db: &Db, secrets: &[String], accept_new: bool) -> anyhow::Result<()> {
    match node::load(db, SECRET).await? {
        Some(known) if !secrets.contains(&known) && !accept_new => bail!(
            "HANDSTAMP_SECRET (fingerprint {}) is not the secret that this database was used with (fingerprint {known}); \
             every session in it would be lost. Append a comma and the former secret to the new one, \
             or start once with --accept-new-secret if the former secret is lost",
            secrets[0]
        ),
        _ => Ok(()),
    }
}

async fn check_others(db: &Db, node: &NodeRow) -> anyhow::Result<()> {
    for other in with_timeout(node::alive(db, HEARTBEAT_TIMEOUT)).await? {
        check_other(node, &other)?;
    }
    Ok(())
}

fn check_other(node: &NodeRow, other: &NodeRow) -> anyhow::Result<()> {
    let secrets = |node: &NodeRow| node.secrets.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (secrets(node), secrets(other));
    if !ours.contains(&theirs[0]) || !theirs.contains(&ours[0]) {
        bail!(
            "HANDSTAMP_SECRET differs from that of a running node: each node must have the newest secret of the other \
             (fingerprints here: {}; there: {})",
            ours.join(", "),
            theirs.join(", ")
        );
    }
    let settings = |node: &NodeRow| {
        serde_json::from_str::<BTreeMap<String, String>>(&node.settings)
            .context("reading the settings of a node")
    };
    let theirs = settings(other)?;
    for (variable, value) in settings(node)? {
        match theirs.get(&variable) {
            Some(other) if *other != value => bail!(
                "{variable} is {value} here and {other} on a running node of the same database; \
                 they must be equal (a node that died counts as running for {} s)",
                HEARTBEAT_TIMEOUT.as_secs()
            ),
            _ => {}
        }
    }
    Ok(())
}

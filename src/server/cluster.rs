//! What all nodes of one database have to agree on: the secret, the lifetimes, the public URL.
//!
//! A node that differs would hand out tokens that the others refuse, so it doesn't start. Each node
//! writes a sign of life every few seconds; the database also remembers the newest secret's
//! fingerprint, because with another secret every session in it would be lost.

use crate::config::Config;
use crate::{
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

/// How often a node says that it is there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// Without a sign of life for this long, a node counts as gone.
const GONE_AFTER: Duration = Duration::from_secs(15);

/// How long a node that stops tries to sign off.
const LEAVE: Duration = Duration::from_secs(2);

const SECRET: &str = "secret";

/// What `remembered` holds the moment under, with the fingerprint behind it, at which a node was last known to
/// sign access tokens with the key of that secret.
const SIGNED_UNTIL: &str = "signed_until ";

/// The clocks of nodes differ, and nodes write their sign of life every few seconds.
const SKEW: Duration = Duration::from_secs(30);

/// This node's place among the nodes of its database; none on SQLite, where there is one process.
#[derive(Debug, Clone)]
pub struct Membership(Option<NodeRow>);

impl Membership {
    /// Joins the nodes of the database, or refuses to.
    ///
    /// # Errors
    /// A setting that differs from a running node's, or a secret that the database doesn't know:
    /// names the variable.
    pub async fn join(
        db: &Db,
        config: &Config,
        keys: &KeyRing,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let secrets: Vec<String> = keys.iter().map(|keys| keys.fingerprint.clone()).collect();
        check_secret(db, &secrets, config.accept_new_secret).await?;
        if !config.database_url.is_postgres() {
            remember_secret(db, &secrets, clock.now()).await?;
            return Ok(Self(None));
        }
        let node = NodeRow {
            id: Uuid::new_v4(),
            settings: serde_json::to_string(&shared_settings(config))
                .context("writing the settings down")?,
            secrets: secrets.join(" "),
        };
        check_others(db, &node).await?;
        // Only now: a start that was refused must leave nothing behind.
        remember_secret(db, &secrets, clock.now()).await?;
        node::heartbeat(db, &node).await?;
        Ok(Self(Some(node)))
    }

    /// Writes the heartbeat of this node every few seconds, and deletes nodes without one. Never returns.
    pub async fn keep(self, sessions: Sessions) {
        let Some(node) = &self.0 else { return std::future::pending().await };
        loop {
            tokio::time::sleep(SIGN_OF_LIFE).await;
            let written = async {
                node::remove_expired(&sessions.db.reader, GONE_AFTER).await?;
                let newest = &sessions.keys.newest().fingerprint;
                remember_signing(&sessions.db.reader, newest, sessions.clock.now()).await?;
                sessions
                    .access_tokens
                    .limit(&signed_until(&sessions.db.reader, &sessions.keys).await?);
                node::heartbeat(&sessions.db.reader, node).await
            };
            if let Err(error) = with_timeout(written).await {
                tracing::warn!(event = "heartbeat_failed", %error, "the heartbeat could not be written");
            } else if let Err(error) = check_others(&sessions.db.reader, node).await {
                // It started while this node had no heartbeat. Both keep running.
                tracing::error!(
                    event = "node_settings_differ",
                    error = format!("{error:#}"),
                    "a running node has other settings than this one"
                );
            }
        }
    }

    /// Leaves in good order, so that a start with other settings need not wait.
    pub async fn leave(&self, db: &Db) {
        let Some(node) = &self.0 else { return };
        let left = tokio::time::timeout(LEAVE, node::remove(db, node.id)).await;
        if !matches!(left, Ok(Ok(()))) {
            tracing::warn!(
                event = "node_leave_failed",
                "this node could not sign off, and counts as running for a while"
            );
        }
    }
}

/// The settings that go into tokens or into what is decided about them, by their variables.
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

/// Remembers the newest secret, and that the one before was used to sign until now: its key proves nothing that is
/// dated later.
async fn remember_secret(db: &Db, secrets: &[String], now: Timestamp) -> anyhow::Result<()> {
    if let Some(before) = node::load(db, SECRET).await? {
        remember_signing(db, &before, now).await?;
    }
    remember_signing(db, &secrets[0], now).await?;
    Ok(node::store(db, SECRET, &secrets[0]).await?)
}

async fn remember_signing(db: &Db, fingerprint: &str, now: Timestamp) -> Result<(), DbErr> {
    node::store(db, &format!("{SIGNED_UNTIL}{fingerprint}"), &now.0.to_string()).await
}

/// Returns until when access tokens can be dated, for each secret but the newest that a node has signed with. One
/// that no node has signed with yet has no limit: it is the next one, which other nodes may begin to use at any time.
pub async fn signed_until(db: &Db, keys: &KeyRing) -> Result<Vec<(String, Timestamp)>, DbErr> {
    let mut limits = Vec::new();
    for keys in keys.iter().skip(1) {
        let fact = format!("{SIGNED_UNTIL}{}", keys.fingerprint);
        if let Some(until) = node::load(db, &fact).await?.and_then(|text| text.parse().ok()) {
            limits.push((keys.fingerprint.clone(), Timestamp(until).plus(SKEW)));
        }
    }
    Ok(limits)
}

async fn check_secret(db: &Db, secrets: &[String], accept_new: bool) -> anyhow::Result<()> {
    match node::load(db, SECRET).await? {
        Some(known) if !secrets.contains(&known) && !accept_new => bail!(
            "HANDSTAMP_SECRET is another one (fingerprint {}) than this database was used with (fingerprint {known}); \
             every session in it would be lost. Put the former secret behind the new one and a comma, \
             or start once with --accept-new-secret where the former one is gone",
            secrets[0]
        ),
        _ => Ok(()),
    }
}

async fn check_others(db: &Db, node: &NodeRow) -> anyhow::Result<()> {
    for other in with_timeout(node::alive(db, GONE_AFTER)).await? {
        check_other(node, &other)?;
    }
    Ok(())
}

fn check_other(node: &NodeRow, other: &NodeRow) -> anyhow::Result<()> {
    let secrets = |node: &NodeRow| node.secrets.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (secrets(node), secrets(other));
    if !ours.contains(&theirs[0]) || !theirs.contains(&ours[0]) {
        bail!(
            "HANDSTAMP_SECRET differs from that of a running node: each has to read what the other issues \
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
                 they have to agree (a node that died counts as running for {} s)",
                GONE_AFTER.as_secs()
            ),
            _ => {}
        }
    }
    Ok(())
}

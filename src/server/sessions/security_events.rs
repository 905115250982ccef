//! Records security events of accounts, in the database for the user and in the log for the operator, and sends an
//! e-mail about the serious ones (ASVS 16.3, 6.3.7).

use crate::{
    db::{
        event::{self, EventRow},
        user::UserRow,
    },
    device::Device,
    error::ServiceError,
    mail::{
        self, Mailer,
        link_purpose::Purpose,
        templates::{LinkMail, NoticeMail},
    },
};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::security_event::SecurityEvent;
use sea_orm::ConnectionTrait;
use std::time::Duration;
use url::Url;
use uuid::Uuid;

/// The retention period of security events.
pub const RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Records an event. If it is serious, an e-mail is sent to the address that the account had before the event.
pub async fn record(
    db: &impl ConnectionTrait,
    mailer: &Mailer,
    user: &UserRow,
    event: SecurityEvent,
    device: &Device,
) -> Result<(), ServiceError> {
    let now = mailer.clock.now();
    let place = write(db, user, event, device, now).await?;
    let is_reached = user.email_confirmed_at.is_some() || event.reaches_unverified();
    if event.sends_mail() && is_reached {
        let (place, site) = (place.as_str(), &mailer.public_url);
        let notice = mailer.notice(&user.email, NoticeMail { event, place, site, at: now })?;
        mail::enqueue(db, mailer, notice).await?;
    }
    Ok(())
}

/// Records that two-step login was switched on. The e-mail about it contains a link that switches it off.
pub async fn record_second_factor_on(
    db: &impl ConnectionTrait,
    mailer: &Mailer,
    user: &UserRow,
    undo: &Url,
    device: &Device,
) -> Result<(), ServiceError> {
    let now = mailer.clock.now();
    let place = write(db, user, SecurityEvent::SecondFactorOn, device, now).await?;
    let mail = LinkMail {
        purpose: Purpose::EndSecondFactor,
        account: Some(&user.username),
        place: Some(&place),
        link: undo,
        at: now,
    };
    mail::enqueue(db, mailer, mailer.link(&user.email, mail)?).await
}

/// Writes an event to the log and the database. Returns a description of the device and the network.
async fn write(
    db: &impl ConnectionTrait,
    user: &UserRow,
    event: SecurityEvent,
    device: &Device,
    now: Timestamp,
) -> Result<String, ServiceError> {
    let (word, name, network) = (event.name(), device.name(), device.network());
    tracing::info!(event = word, user = %user.id, device = name, network, "security event");
    let row = EventRow {
        id: Uuid::now_v7(),
        user_id: user.id,
        kind: word.to_owned(),
        at: now,
        device: name.clone(),
        network: network.clone(),
    };
    event::insert(db, row).await?;
    let near = network.map(|network| near(&network));
    Ok([name, near].into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// Describes a network for a person: "near 192.0.2.x" for 192.0.2.0/24.
fn near(network: &str) -> String {
    match network.split_once('/') {
        Some((v4, _)) if v4.ends_with(".0") => format!("near {}x", v4.trim_end_matches('0')),
        Some((v6, _)) => format!("near {v6}"),
        None => network.to_owned(),
    }
}

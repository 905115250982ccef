//! The statements on `tries`. Only `auth/server/accounts/rate_limit` calls them.

use super::{BATCH, Db, execute, statement};
use handstamp_engine::{
    clock::{Timestamp, millis},
    refresh_token::TokenHash,
};
use sea_orm::{ConnectionTrait, DbErr, Value};
use std::time::Duration;

/// How many attempts have no delay, and how the delay grows after them.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The number of attempts without a delay.
    pub free: i64,
    /// The delay after the last attempt without one.
    pub first_delay: Duration,
    /// The maximum delay.
    pub max_delay: Duration,
    /// How long after the first attempt the counter is reset.
    pub reset_after: Duration,
}

impl Limit {
    /// The delays are in seconds.
    pub const fn new(free: i64, first_delay: u64, max_delay: u64, hours: u64) -> Self {
        Self {
            free,
            first_delay: Duration::from_secs(first_delay),
            max_delay: Duration::from_secs(max_delay),
            reset_after: Duration::from_secs(hours * 60 * 60),
        }
    }

    /// Returns the limit for an IPv6 /48, which many clients may share.
    #[must_use]
    pub const fn wide(self) -> Self {
        Self { free: self.free * 8, ..self }
    }

    /// Returns after how many doublings the delay has reached its maximum.
    pub fn doublings(&self) -> i64 {
        let times = self.max_delay.as_secs() / self.first_delay.as_secs().max(1);
        i64::from(times.max(1).ilog2()) + 1
    }
}

/// Counts a try, and sets when the next one may come, in one statement: of many at once, no more are let through
/// than the limit has. Returns whether this one is.
pub async fn count(
    db: &impl ConnectionTrait,
    what: &TokenHash,
    limit: &Limit,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let delay = delay("tries.count + 1", ["$4", "$5", "$6", "$7"]);
    let sql = format!(
        "INSERT INTO tries (what, count, first_at, next_at) VALUES ($1, 1, $2, $2) \
         ON CONFLICT (what) DO UPDATE SET \
           count = CASE WHEN tries.first_at < $3 THEN 1 ELSE tries.count + 1 END, \
           first_at = CASE WHEN tries.first_at < $3 THEN $2 ELSE tries.first_at END, \
           next_at = $2 + CASE WHEN tries.first_at < $3 THEN 0 ELSE {delay} END \
         WHERE tries.next_at <= $2"
    );
    let [free, doublings, longest, first] = numbers(limit);
    let values: [Value; 7] = [
        what.to_vec().into(),
        now.into(),
        now.minus(limit.reset_after).into(),
        free,
        doublings,
        longest,
        first,
    ];
    Ok(execute(db, &sql, values).await? > 0)
}

/// The delay in milliseconds behind a count: none for the first ones, then twice as long each time.
fn delay(count: &str, [free, doublings, longest, first]: [&str; 4]) -> String {
    format!(
        "CASE WHEN {count} < {free} THEN 0 WHEN {count} - {free} >= {doublings} THEN {longest} \
         ELSE {first} * (CAST(1 AS BIGINT) << CAST({count} - {free} AS INTEGER)) END"
    )
}

/// The numbers of [`delay`], in its order.
fn numbers(limit: &Limit) -> [Value; 4] {
    [
        limit.free.into(),
        limit.doublings().into(),
        millis(limit.max_delay).into(),
        millis(limit.first_delay).into(),
    ]
}

/// Returns when the next try of all these may come.
pub async fn next_at(db: &Db, whats: &[TokenHash]) -> Result<Option<Timestamp>, DbErr> {
    let places: Vec<String> = (1..=whats.len()).map(|place| format!("${place}")).collect();
    let sql =
        format!("SELECT MAX(next_at) AS next_at FROM tries WHERE what IN ({})", places.join(", "));
    let values = whats.iter().map(|what| what.to_vec().into());
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    Ok(row.map(|row| row.try_get("", "next_at")).transpose()?.flatten())
}

/// Forgets all tries.
pub async fn reset(db: &impl ConnectionTrait, what: &TokenHash) -> Result<(), DbErr> {
    execute(db, "DELETE FROM tries WHERE what = $1", [what.to_vec().into()]).await.map(|_| ())
}

/// Takes the last try back, with what it added to the delay. A delay that was there before it stays.
pub async fn decrement(
    db: &impl ConnectionTrait,
    what: &TokenHash,
    limit: &Limit,
) -> Result<(), DbErr> {
    let places = ["$2", "$3", "$4", "$5"];
    let (with, without) = (delay("count", places), delay("count - 1", places));
    let sql = format!(
        "UPDATE tries SET count = count - 1, next_at = next_at - ({with}) + ({without}) \
         WHERE what = $1 AND count > 0"
    );
    let [free, doublings, longest, first] = numbers(limit);
    let values = [what.to_vec().into(), free, doublings, longest, first];
    execute(db, &sql, values).await.map(|_| ())
}

/// Deletes at most [`BATCH`] counters that were started before `before`. Returns how many.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM tries WHERE what IN \
               (SELECT what FROM tries WHERE first_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_until_it_is_the_longest() {
        assert_eq!(Limit::new(1, 1, 1, 1).doublings(), 1);
        assert_eq!(Limit::new(1, 1, 30, 1).doublings(), 5);
        assert_eq!(Limit::new(1, 2, 900, 1).doublings(), 9);
    }
}

//! The statements on `tries`, the counters of the rate limits. Only `rate_limit` and housekeeping call them.

use super::{BATCH, Db, execute, statement};
use handstamp_engine::{
    clock::{Timestamp, millis},
    refresh_token::TokenHash,
};
use sea_orm::{ConnectionTrait, DbErr, Value};
use std::time::Duration;

/// A rate limit: the number of attempts without a delay, and the growth of the delay after them.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The number of attempts without a delay.
    pub free: i64,
    /// The delay that follows the last free attempt. It doubles with each further attempt.
    pub first_delay: Duration,
    /// The maximum delay.
    pub max_delay: Duration,
    /// The time from the first attempt until the counter is reset.
    pub reset_after: Duration,
}

impl Limit {
    /// Creates a limit with delays in seconds that is reset after `hours`.
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

    /// Returns the number of doublings after which the delay has its maximum.
    pub fn doublings(&self) -> i64 {
        let times = self.max_delay.as_secs() / self.first_delay.as_secs().max(1);
        i64::from(times.max(1).ilog2()) + 1
    }
}

/// Counts an attempt and sets the time of the next one. Returns whether the attempt is allowed. This is one statement,
/// so that the limit holds for concurrent attempts too.
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

/// Returns the SQL expression of the delay in milliseconds after a number of attempts.
fn delay(count: &str, [free, doublings, longest, first]: [&str; 4]) -> String {
    format!(
        "CASE WHEN {count} < {free} THEN 0 WHEN {count} - {free} >= {doublings} THEN {longest} \
         ELSE {first} * (CAST(1 AS BIGINT) << CAST({count} - {free} AS INTEGER)) END"
    )
}

/// Returns the values for the placeholders of [`delay`], in its order.
fn numbers(limit: &Limit) -> [Value; 4] {
    [
        limit.free.into(),
        limit.doublings().into(),
        millis(limit.max_delay).into(),
        millis(limit.first_delay).into(),
    ]
}

/// Returns the time from which an attempt is allowed by all of these counters.
pub async fn next_at(db: &Db, whats: &[TokenHash]) -> Result<Option<Timestamp>, DbErr> {
    let places: Vec<String> = (1..=whats.len()).map(|place| format!("${place}")).collect();
    let sql =
        format!("SELECT MAX(next_at) AS next_at FROM tries WHERE what IN ({})", places.join(", "));
    let values = whats.iter().map(|what| what.to_vec().into());
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    Ok(row.map(|row| row.try_get("", "next_at")).transpose()?.flatten())
}

/// Resets a counter.
pub async fn reset(db: &impl ConnectionTrait, what: &TokenHash) -> Result<(), DbErr> {
    execute(db, "DELETE FROM tries WHERE what = $1", [what.to_vec().into()]).await.map(|_| ())
}

/// Reverts the last attempt and what it added to the delay. An earlier delay stays.
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

//! The time until the server accepts the next attempt, counting down.

use handstamp_leptos::client;
use handstamp_protocol::error::AppError;
use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*};
use std::time::Duration;

/// Returns the seconds until the next attempt: those of the error at first, 0 after that time or without an error.
pub fn seconds_left(error: RwSignal<Option<AppError>>) -> Signal<u32> {
    let left = RwSignal::new(0);
    let interval = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(Some(interval)) = interval.try_update_value(Option::take) {
            interval.clear();
        }
    };
    Effect::new(move || {
        stop();
        let wait = error.get().and_then(|error| error.retry_after).unwrap_or(0);
        left.set(wait);
        if wait == 0 {
            return;
        }
        let end = client::now() + f64::from(wait) * 1000.0;
        let tick = move || {
            let rest = ((end - client::now()) / 1000.0).ceil().max(0.0) as u32;
            let _ = left.try_set(rest);
            if rest == 0 {
                stop();
            }
        };
        let ticking = set_interval_with_handle(tick, Duration::from_secs(1));
        interval.set_value(ticking.ok());
    });
    on_cleanup(stop);
    left.into()
}

//! The position of the stage in the history: it follows the newest row, or stands still where the user went.

use crate::lab::{
    recorder::Recorder,
    row::{Holdings, Row},
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{sync::Arc, time::Duration};

/// How long a row is shown at normal speed, in milliseconds.
const ROW_TIME: f64 = 600.0;

/// The shortest time, when many rows are left.
const MIN_ROW_TIME: f64 = 40.0;

/// When more rows are left, the stage skips to the last ones.
const MAX_BEHIND: usize = 60;

/// The speeds to choose from, in percent.
pub const SPEEDS: [u32; 4] = [50, 100, 200, 400];

/// Moves the stage through the rows of the recorder.
#[derive(Clone, Copy)]
pub struct Player {
    pub recorder: Recorder,
    /// The id of the row that is shown; 0 before the first one.
    at: RwSignal<u64>,
    /// Whether it plays up to the newest row, and follows it.
    is_playing: RwSignal<bool>,
    /// The speed in percent.
    pub speed: RwSignal<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Player {
    /// Returns a player that follows the newest row.
    pub fn new(recorder: Recorder) -> Self {
        let player = Self {
            recorder,
            at: RwSignal::new(0),
            is_playing: RwSignal::new(true),
            speed: RwSignal::new(100),
            timer: StoredValue::new(None),
        };
        // A recording is played from its beginning; the history of the page is shown at its end.
        Effect::new(move |_| {
            let start = if recorder.is_replay() { 0 } else { player.last_untracked() };
            player.at.set(start);
            player.is_playing.set(true);
        });
        Effect::new(move |_| player.schedule());
        on_cleanup(move || player.stop_timer());
        player
    }

    fn last_untracked(self) -> u64 {
        untrack(|| self.recorder.row_ids().last().copied().unwrap_or_default())
    }

    fn stop_timer(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    /// Sets the timer for the next row, while there is one to play. Runs again when one of its signals changes.
    fn schedule(self) {
        let ids = self.recorder.row_ids();
        let (at, speed) = (self.at.get(), self.speed.get());
        self.stop_timer();
        if !self.is_playing.get() {
            return;
        }
        let shown = ids.partition_point(|id| *id <= at);
        let left = ids.len() - shown;
        if left == 0 {
            return;
        }
        let next = if left > MAX_BEHIND { ids[ids.len() - MAX_BEHIND] } else { ids[shown] };
        let haste = (left as f64 / 2.0).max(1.0);
        let time = (ROW_TIME * 100.0 / f64::from(speed) / haste).max(MIN_ROW_TIME);
        // The first row is shown at once.
        let time = if at == 0 { 0.0 } else { time };
        let time = Duration::from_secs_f64(time / 1000.0);
        let timer = set_timeout_with_handle(
            move || {
                let _ = self.at.try_set(next);
            },
            time,
        );
        self.timer.set_value(timer.ok());
    }

    /// Returns the id of the row that is shown.
    pub fn at(self) -> u64 {
        self.at.get()
    }

    /// Whether it plays up to the newest row, and follows it.
    pub fn is_playing(self) -> bool {
        self.is_playing.get()
    }

    /// Returns the row that is shown, if any.
    pub fn row(self) -> Option<Row> {
        self.recorder.row(self.at.get())
    }

    /// Returns who holds what after the row that is shown.
    pub fn holdings(self) -> Arc<Holdings> {
        self.row().map_or_else(|| self.recorder.holdings(), |row| row.holdings)
    }

    /// Returns how many rows have been shown, and how many there are.
    pub fn position(self) -> (usize, usize) {
        let ids = self.recorder.row_ids();
        (ids.partition_point(|id| *id <= self.at.get()), ids.len())
    }

    /// Whether the newest row is shown.
    pub fn is_at_end(self) -> bool {
        let (shown, all) = self.position();
        shown == all
    }

    /// Stands still, or plays on. At the end, a recording starts again.
    pub fn toggle(self) {
        let was_playing = self.is_playing.get_untracked();
        if was_playing && untrack(|| self.recorder.is_replay() && self.is_at_end()) {
            self.at.set(0);
        } else {
            self.is_playing.set(!was_playing);
        }
    }

    /// Shows the newest row, and follows the next ones.
    pub fn skip_to_end(self) {
        self.at.set(self.last_untracked());
        self.play();
    }

    /// Plays up to the newest row.
    pub fn play(self) {
        self.is_playing.set(true);
    }

    /// Stands still at this row.
    pub fn show(self, id: u64) {
        self.is_playing.set(false);
        self.at.set(id);
    }

    /// Stands still after so many rows.
    pub fn seek(self, shown: usize) {
        let ids = untrack(|| self.recorder.row_ids());
        let id = shown.checked_sub(1).and_then(|index| ids.get(index)).copied();
        self.show(id.unwrap_or_default());
    }

    /// Goes back by one row.
    pub fn back(self) {
        let (shown, _) = untrack(|| self.position());
        self.seek(shown.saturating_sub(1).max(1));
    }

    /// Goes on by one row. At the newest one it follows again.
    pub fn next(self) {
        let (shown, all) = untrack(|| self.position());
        self.seek((shown + 1).min(all));
        if shown + 1 >= all {
            self.play();
        }
    }
}

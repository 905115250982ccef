//! The history of this page as signals.

use super::{
    devtools,
    history::{History, RefreshTokenState},
    row::Row,
};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::{cell::Cell, collections::VecDeque, rc::Rc};

/// Records the client's trace while the lab is open.
#[derive(Clone, Copy)]
pub struct Recorder {
    history: StoredValue<History>,
    version: RwSignal<u64>,
    /// The id of the last row that is drawn while the drawing is paused.
    paused_at: RwSignal<Option<u64>>,
    /// The id of the last row that the tour has shown.
    revealed: RwSignal<Option<u64>>,
}

impl Recorder {
    /// Starts with the entries that the client has traced since the page was loaded.
    pub fn start() -> Self {
        let recorder = Self {
            history: StoredValue::new(History::default()),
            version: RwSignal::new(0),
            paused_at: RwSignal::new(None),
            revealed: RwSignal::new(None),
        };
        Effect::new(move || {
            let trace = devtools::trace();
            recorder.change(|history| {
                history.set_cookie_names(devtools::cookie_names());
                trace.entries().iter().for_each(|entry| history.add(entry));
            });
            let is_due = Rc::new(Cell::new(false));
            let listening = SendWrapper::new(trace.listen(move |entry| {
                recorder.history.try_update_value(|history| history.add(entry));
                // The page is drawn at most once per frame.
                if !is_due.replace(true) {
                    let is_due = Rc::clone(&is_due);
                    request_animation_frame(move || {
                        is_due.set(false);
                        recorder.version.try_update(|version| *version += 1);
                    });
                }
            }));
            on_cleanup(move || drop(listening));
        });
        recorder
    }

    fn change(self, change: impl FnOnce(&mut History)) {
        self.history.try_update_value(change);
        self.version.try_update(|version| *version += 1);
    }

    /// Returns the last rows that may be drawn, at most `limit`, and the number of all rows that may be drawn.
    pub fn last_rows(self, limit: usize) -> (Vec<Row>, usize) {
        self.version.track();
        let end = match (self.paused_at.get(), self.revealed.get()) {
            (Some(paused_at), Some(revealed)) => Some(paused_at.min(revealed)),
            (paused_at, revealed) => paused_at.or(revealed),
        };
        self.history.with_value(|history| {
            let rows = history.rows();
            let drawn = rows.partition_point(|row| end.is_none_or(|end| row.id <= end));
            let first = drawn.saturating_sub(limit);
            (rows.range(first..drawn).cloned().collect(), drawn)
        })
    }

    /// Whether the client has held an access token since the page was loaded, or a tour has started.
    pub fn has_begun(self) -> bool {
        self.version.track();
        self.revealed.get().is_some() || self.history.with_value(History::has_begun)
    }

    /// Exports all rows with `write`.
    pub fn export(self, write: fn(&VecDeque<Row>) -> String) -> String {
        self.history.with_value(|history| write(history.rows()))
    }

    /// Returns the last reported state of the refresh token, and tracks it.
    pub fn refresh_token(self) -> Option<RefreshTokenState> {
        self.version.track();
        self.history.with_value(|history| history.refresh_token().cloned())
    }

    /// Returns the same without tracking it.
    pub fn refresh_token_untracked(self) -> Option<RefreshTokenState> {
        self.history.try_with_value(|history| history.refresh_token().cloned()).flatten()
    }

    /// Whether the drawing is paused. The recording continues.
    pub fn is_paused(self) -> bool {
        self.paused_at.get().is_some()
    }

    /// Pauses or resumes the drawing.
    pub fn toggle_pause(self) {
        let last = self.history.with_value(History::total_rows);
        self.paused_at.update(|paused_at| *paused_at = paused_at.is_none().then_some(last));
    }

    /// Removes all rows.
    pub fn clear(self) {
        devtools::trace().clear();
        self.change(History::clear);
    }

    /// Numbers the steps of the flow after the first `steps`, and hides rows until [`Self::reveal_step`]. With 0 it
    /// removes all rows first.
    pub fn follow(self, steps: usize) {
        if steps == 0 {
            self.clear();
            self.revealed.set(Some(self.history.with_value(History::total_rows)));
        }
        self.change(|history| history.follow(Some(steps)));
    }

    /// Returns the number of steps of the flow that have happened.
    pub fn followed(self) -> usize {
        self.history.try_with_value(History::followed).unwrap_or_default()
    }

    /// Shows the rows up to this step of the flow.
    pub fn reveal_step(self, step: usize) {
        let row = self.history.with_value(|history| {
            history.rows().iter().rev().find(|row| row.step == Some(step)).map(|row| row.id)
        });
        if row.is_some() {
            self.revealed.set(row);
        }
    }

    /// Shows all rows again.
    pub fn stop_following(self) {
        let _ = self.revealed.try_set(None);
        self.change(|history| history.follow(None));
    }
}

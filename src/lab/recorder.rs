//! The history of this page as signals.

use super::{
    devtools, export,
    history::{History, RefreshTokenState},
    recording::Recording,
    row::{Holdings, Row},
};
use handstamp_leptos::client::trace::Event;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::{
    cell::Cell,
    collections::{VecDeque, vec_deque},
    rc::Rc,
    sync::Arc,
};

/// Records the client's trace while the lab is open.
#[derive(Clone, Copy)]
pub struct Recorder {
    history: StoredValue<History>,
    /// An opened recording, which is shown in place of the history.
    replay: StoredValue<Option<History>>,
    is_replay: RwSignal<bool>,
    version: RwSignal<u64>,
    /// The id of the last row that the tour has shown.
    revealed: RwSignal<Option<u64>>,
}

impl Recorder {
    /// Starts with the entries that the client has traced since the page was loaded.
    pub fn start() -> Self {
        let recorder = Self {
            history: StoredValue::new(History::default()),
            replay: StoredValue::new(None),
            is_replay: RwSignal::new(false),
            version: RwSignal::new(0),
            revealed: RwSignal::new(None),
        };
        Effect::new(move || {
            let trace = devtools::trace();
            recorder.change(|history| {
                history.set_cookie_names(devtools::cookie_names());
                name_current_ticket(history);
                trace.entries().iter().for_each(|entry| history.add(entry));
            });
            let is_due = Rc::new(Cell::new(false));
            let listening = SendWrapper::new(trace.listen(move |entry| {
                recorder.history.try_update_value(|history| {
                    if matches!(
                        entry.event,
                        Event::TokenReplaced { .. } | Event::TokenReceived { .. }
                    ) {
                        name_current_ticket(history);
                    }
                    history.add(entry);
                });
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

    /// Reads the history that is shown, and tracks it.
    fn with_shown<T>(self, read: impl FnOnce(&History) -> T) -> T {
        self.version.track();
        if self.is_replay.get() {
            self.replay.with_value(|replay| match replay {
                Some(replay) => read(replay),
                None => read(&History::default()),
            })
        } else {
            self.history.with_value(read)
        }
    }

    /// Reads the rows that may be drawn, and tracks them.
    pub fn with_rows<T>(self, read: impl FnOnce(vec_deque::Iter<'_, Row>) -> T) -> T {
        let end = self.revealed.get();
        let has_begun = self.has_begun();
        self.with_shown(|history| {
            let rows = history.rows();
            // Before the first login there is nothing to see.
            let end = if has_begun { end } else { Some(0) };
            let drawn = rows.partition_point(|row| end.is_none_or(|end| row.id <= end));
            read(rows.range(..drawn))
        })
    }

    /// Returns the last rows that may be drawn, at most `limit`, and the number of all rows that may be drawn.
    pub fn last_rows(self, limit: usize) -> (Vec<Row>, usize) {
        self.with_rows(|rows| {
            let drawn = rows.len();
            (rows.skip(drawn.saturating_sub(limit)).cloned().collect(), drawn)
        })
    }

    /// Returns the row with this id, if it may be drawn.
    pub fn row(self, id: u64) -> Option<Row> {
        self.with_rows(|mut rows| rows.find(|row| row.id == id).cloned())
    }

    /// Returns the ids of the rows that may be drawn, oldest first.
    pub fn row_ids(self) -> Vec<u64> {
        self.with_rows(|rows| rows.map(|row| row.id).collect())
    }

    /// Returns who holds what now.
    pub fn holdings(self) -> Arc<Holdings> {
        self.with_shown(History::holdings)
    }

    /// Whether the client has held an access token since the page was loaded, or a tour has started, or a recording is
    /// shown.
    pub fn has_begun(self) -> bool {
        self.revealed.get().is_some() || self.with_shown(History::has_begun)
    }

    /// Exports all rows that are shown with `write`.
    pub fn export(self, write: fn(&VecDeque<Row>) -> String) -> String {
        untrack(|| self.with_shown(|history| write(history.rows())))
    }

    /// Exports all rows that are shown as JSON, with the recording that replays them.
    pub fn export_json(self) -> String {
        let recording = self.recording();
        untrack(|| self.with_shown(|history| export::as_json(history.rows(), &recording)))
    }

    /// Returns a recording of this page.
    pub fn recording(self) -> Recording {
        let entries = devtools::trace().entries();
        self.history.with_value(|history| Recording::new(&entries, history.ticket_names()))
    }

    /// Shows a recording in place of the history of this page, which goes on being recorded.
    pub fn open(self, recording: &Recording) {
        let history = recording.replay(devtools::cookie_names());
        self.replay.set_value(Some(history));
        self.is_replay.set(true);
        self.version.update(|version| *version += 1);
    }

    /// Shows the history of this page again.
    pub fn close_replay(self) {
        self.is_replay.set(false);
        self.replay.set_value(None);
    }

    /// Whether a recording is shown.
    pub fn is_replay(self) -> bool {
        self.is_replay.get()
    }

    /// Returns the last reported state of the refresh token of this page, and tracks it.
    pub fn refresh_token(self) -> Option<RefreshTokenState> {
        self.version.track();
        self.history.with_value(|history| history.refresh_token().cloned())
    }

    /// Returns the same without tracking it.
    pub fn refresh_token_untracked(self) -> Option<RefreshTokenState> {
        self.history.try_with_value(|history| history.refresh_token().cloned()).flatten()
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
        if let Some(row) = self.row_of_step(step) {
            self.revealed.set(Some(row));
        }
    }

    /// Returns the id of the newest row that is this step of the flow.
    pub fn row_of_step(self, step: usize) -> Option<u64> {
        self.history.with_value(|history| {
            history.rows().iter().rev().find(|row| row.step == Some(step)).map(|row| row.id)
        })
    }

    /// Shows all rows again.
    pub fn stop_following(self) {
        let _ = self.revealed.try_set(None);
        self.change(|history| history.follow(None));
    }
}

/// Names the current access token. The names of earlier ones are known only if they were current while the lab was
/// open.
fn name_current_ticket(history: &mut History) {
    if let Some((generation, name)) = devtools::ticket_name() {
        history.name_ticket(generation, name);
    }
}

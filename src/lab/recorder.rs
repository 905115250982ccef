//! The history of this page, as signals.

use super::{
    history::{History, Stamp},
    row::Row,
};
use crate::auth::client::devtools;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::{cell::Cell, collections::VecDeque, rc::Rc};

/// Records for as long as the lab is open.
#[derive(Clone, Copy)]
pub struct Recorder {
    history: StoredValue<History>,
    version: RwSignal<u64>,
    /// The last row that is drawn, while the drawing is paused.
    paused: RwSignal<Option<u64>>,
    /// The last row that a tour has come to.
    revealed: RwSignal<Option<u64>>,
}

impl Recorder {
    /// Begins with what has happened in this page so far.
    pub fn here() -> Self {
        let recorder = Self {
            history: StoredValue::new(History::default()),
            version: RwSignal::new(0),
            paused: RwSignal::new(None),
            revealed: RwSignal::new(None),
        };
        Effect::new(move || {
            let trace = devtools::trace();
            recorder.change(|history| {
                history.name_cookies(devtools::cookie_names());
                trace.entries().iter().for_each(|noted| history.add(noted));
            });
            let is_due = Rc::new(Cell::new(false));
            let listening = SendWrapper::new(trace.listen(move |noted| {
                recorder.history.try_update_value(|history| history.add(noted));
                // However many steps there are, the page is drawn once a frame.
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

    /// The last rows, at most so many, up to where the drawing is; and how many there are in all.
    pub fn last_rows(self, most: usize) -> (Vec<Row>, usize) {
        self.version.track();
        let end = match (self.paused.get(), self.revealed.get()) {
            (Some(paused), Some(revealed)) => Some(paused.min(revealed)),
            (paused, revealed) => paused.or(revealed),
        };
        self.history.with_value(|history| {
            let rows = history.rows();
            let drawn = rows.partition_point(|row| end.is_none_or(|end| row.id <= end));
            let first = drawn.saturating_sub(most);
            (rows.range(first..drawn).cloned().collect(), drawn)
        })
    }

    /// Whether anybody was logged in since the page was loaded, or a tour is about to.
    pub fn has_begun(self) -> bool {
        self.version.track();
        self.revealed.get().is_some() || self.history.with_value(History::has_begun)
    }

    /// All rows, in the form of an export.
    pub fn export(self, write: fn(&VecDeque<Row>) -> String) -> String {
        self.history.with_value(|history| write(history.rows()))
    }

    /// What is known of the refresh token.
    pub fn stamp(self) -> Option<Stamp> {
        self.version.track();
        self.history.with_value(|history| history.stamp().cloned())
    }

    /// The same, without following it.
    pub fn stamp_now(self) -> Option<Stamp> {
        self.history.try_with_value(|history| history.stamp().cloned()).flatten()
    }

    /// Whether the drawing is paused. What happens is kept meanwhile.
    pub fn is_paused(self) -> bool {
        self.paused.get().is_some()
    }

    /// Pauses the drawing, or lets it go on.
    pub fn toggle_pause(self) {
        let made = self.history.with_value(History::made);
        self.paused.update(|paused| *paused = paused.is_none().then_some(made));
    }

    /// Forgets all rows.
    pub fn clear(self) {
        devtools::trace().clear();
        self.change(History::clear);
    }

    /// Follows the flow from after so many of its steps on, and shows no row that the tour has not come to.
    /// At its beginning the sheet is empty.
    pub fn follow(self, steps: usize) {
        if steps == 0 {
            self.clear();
            self.revealed.set(Some(self.history.with_value(History::made)));
        }
        self.change(|history| history.follow(Some(steps)));
    }

    /// How many steps of the flow have happened.
    pub fn followed(self) -> usize {
        self.history.try_with_value(History::followed).unwrap_or_default()
    }

    /// Shows the rows up to this step of the flow.
    pub fn expose_secret(self, step: usize) {
        let row = self.history.with_value(|history| {
            history.rows().iter().rev().find(|row| row.step == Some(step)).map(|row| row.id)
        });
        if row.is_some() {
            self.revealed.set(row);
        }
    }

    /// Shows everything again.
    pub fn stop_following(self) {
        let _ = self.revealed.try_set(None);
        self.change(|history| history.follow(None));
    }
}

//! Moves through the tour: back over what happened, and on to the next step, by the user or by a timer.

use super::Tour;
use crate::lab::flow::{FLOW, next_stop, previous_stop};
use leptos::prelude::*;
use std::time::Duration;

/// While the tour plays, a step is shown for so many milliseconds, and so many more for each character of its text.
const STEP_TIME: (f64, f64) = (2500.0, 45.0);

impl Tour {
    /// Whether the tour has started and was not left.
    pub fn is_running(self) -> bool {
        self.done.get().is_some()
    }

    /// Whether all steps have been done.
    pub fn is_complete(self) -> bool {
        self.done.get() == Some(FLOW.len()) && self.is_at_newest()
    }

    /// Whether a step is being done.
    pub fn is_busy(self) -> bool {
        self.report.busy.get()
    }

    /// Whether the tour goes on without the user.
    pub fn plays(self) -> bool {
        self.plays.get()
    }

    /// Lets the tour go on without the user, or stops that.
    pub fn toggle_play(self) {
        self.plays.update(|plays| *plays = !*plays);
    }

    /// Waits for the user before the next step.
    pub fn stop_playing(self) {
        self.plays.set(false);
    }

    /// Returns the number of the step that is shown; 0 before the first one.
    pub fn shown_step(self) -> usize {
        let done = self.done.get().unwrap_or_default();
        if self.player.is_playing() {
            return done;
        }
        let at = self.player.at();
        let step = self.workbench.recorder.with_rows(|rows| {
            rows.take_while(|row| row.id <= at).filter_map(|row| row.step).last()
        });
        step.unwrap_or_default().min(done)
    }

    fn is_at_newest(self) -> bool {
        self.shown_step() == self.done.get().unwrap_or_default()
    }

    /// Whether no step before the shown one can be shown.
    pub fn is_at_first(self) -> bool {
        previous_stop(self.shown_step()).is_none()
    }

    /// Shows the previous step.
    pub fn back(self) {
        self.plays.set(false);
        let step = untrack(|| previous_stop(self.shown_step()));
        if let Some(row) = step.and_then(|step| self.workbench.recorder.row_of_step(step)) {
            self.player.show(row);
        }
    }

    /// Shows the next step, and does it if it has not happened yet. After the last one, leaves the tour.
    pub fn next(self) {
        let (shown, done) = untrack(|| (self.shown_step(), self.done.get().unwrap_or_default()));
        if shown < done {
            let next = next_stop(shown);
            match self.workbench.recorder.row_of_step(next) {
                Some(row) if next < done => self.player.show(row),
                _ => self.player.play(),
            }
        } else if done == FLOW.len() {
            self.leave();
        } else if !self.report.busy.get_untracked() {
            self.player.skip_to_end();
            self.advance();
        }
    }

    /// Sets the timer for the next step, while the tour plays. Runs again when one of its signals changes.
    pub(super) fn schedule(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let shown = self.shown_step();
        if !self.plays.get() || self.is_busy() || !self.is_running() || self.is_complete() {
            return;
        }
        let text =
            shown.checked_sub(1).and_then(|index| FLOW.get(index)).map_or("", |step| step.why);
        let (base, for_character) = STEP_TIME;
        let time = (base + for_character * text.len() as f64) * 100.0;
        let time = Duration::from_secs_f64(time / f64::from(self.player.speed.get()) / 1000.0);
        self.timer.set_value(set_timeout_with_handle(move || self.next(), time).ok());
    }
}

//! Changes of the page that wait until no pointer is pressed, so that no button moves away under it.

use leptos::prelude::*;
use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

type Change = Box<dyn FnOnce()>;

thread_local! {
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    static IS_PRESSED: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<Vec<Change>> = const { RefCell::new(Vec::new()) };
}

/// Watches the pointer for as long as the document exists. Only in the browser.
pub fn watch() {
    if IS_WATCHED.replace(true) {
        return;
    }
    // The release can be missed, for instance of a press that opened a menu of the system. The next input shows it.
    for event in ["pointerdown", "pointerup", "pointercancel", "mouseup", "click", "keydown"] {
        window_event_listener_untyped(event, move |_| {
            IS_PRESSED.set(event == "pointerdown");
            // The click follows the release.
            set_timeout(run_waiting, Duration::ZERO);
        });
    }
}

/// Runs `change` after the click that the user is performing, or soon if no pointer is pressed.
pub fn after_release(change: impl FnOnce() + 'static) {
    WAITING.with_borrow_mut(|waiting| waiting.push(Box::new(change)));
    // On a touch screen, the pointer is released before the field loses the focus and the button is clicked.
    set_timeout(run_waiting, Duration::ZERO);
}

fn run_waiting() {
    if !IS_PRESSED.get() {
        WAITING.take().into_iter().for_each(|change| change());
    }
}

//! Web storage, which a browser may refuse. Secrets never go there.

use leptos::prelude::window;
use web_sys::Storage;

/// The storage of this tab, which outlives a reload.
pub fn of_tab() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// The storage that all tabs of this site share.
pub fn of_site() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

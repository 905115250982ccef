//! Text that leaves the page: into the clipboard, or as a file.

use js_sys::Array;
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement, Url};

/// How long a browser may take to read what it saves.
const LONGEST_SAVE: Duration = Duration::from_secs(40);

/// Copies `text`, and says into `said` whether that worked.
pub fn copy(text: String, said: RwSignal<String>) {
    // There is no clipboard at addresses that are neither https nor this machine.
    let copied = window()
        .is_secure_context()
        .then(|| JsFuture::from(window().navigator().clipboard().write_text(&text)));
    spawn_local(async move {
        let is_copied = match copied {
            Some(copied) => copied.await.is_ok(),
            None => false,
        };
        let word = if is_copied { "Copied." } else { "This browser doesn't let the page copy." };
        let _ = said.try_set(word.to_owned());
    });
}

/// Saves `text` as a file of this name.
pub fn save(name: &str, text: &str) {
    let parts = Array::of1(&JsValue::from_str(text));
    let Ok(url) = Blob::new_with_str_sequence(&parts)
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
    else {
        return;
    };
    if let Ok(link) = document().create_element("a")
        && let Ok(link) = link.dyn_into::<HtmlAnchorElement>()
    {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // Some browsers read it only after this.
    set_timeout(move || drop(Url::revoke_object_url(&url)), LONGEST_SAVE);
}

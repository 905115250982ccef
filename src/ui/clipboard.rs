//! Copies text to the clipboard, or saves it as a file.

use js_sys::Array;
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement, Url};

/// The time after which the URL of a saved file is revoked. Some browsers read the file after the click.
const SAVE_TIMEOUT: Duration = Duration::from_secs(40);

/// Copies `text`, and writes into `status` whether this succeeded.
pub fn copy(text: String, status: RwSignal<String>) {
    // Browsers have no clipboard in insecure contexts.
    let copied = window()
        .is_secure_context()
        .then(|| JsFuture::from(window().navigator().clipboard().write_text(&text)));
    spawn_local(async move {
        let is_copied = match copied {
            Some(copied) => copied.await.is_ok(),
            None => false,
        };
        let sentence =
            if is_copied { "Copied." } else { "This browser doesn't let the page copy." };
        let _ = status.try_set(sentence.to_owned());
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
    set_timeout(move || drop(Url::revoke_object_url(&url)), SAVE_TIMEOUT);
}

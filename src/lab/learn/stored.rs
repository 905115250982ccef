//! What a script of this page can read: cookies and storage.

use super::super::devtools;
use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// The maximum length of a value on the page.
const MAX_SHOWN: usize = 120;

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub value: String,
}

/// The result of one line of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The JavaScript expression.
    pub code: &'static str,
    /// What it returns; `None` if the browser refuses it.
    pub entries: Option<Vec<Entry>>,
}

/// Reads everything that an injected script could read.
pub fn read_all() -> Vec<Read> {
    let cookies = document().dyn_into::<HtmlDocument>().ok().and_then(|page| page.cookie().ok());
    let names = devtools::cookie_names();
    let own = [names.attempt, names.login, names.logout, names.theme];
    let cookies = cookies.map(|cookies| entries_of_cookies(&cookies, &own));
    vec![
        Read { code: "document.cookie", entries: cookies },
        Read { code: "localStorage", entries: entries_of("localStorage") },
        Read { code: "sessionStorage", entries: entries_of("sessionStorage") },
    ]
}

/// Returns the entries of a storage. Some browsers throw if the user has blocked it.
fn entries_of(storage: &str) -> Option<Vec<Entry>> {
    let storage = Reflect::get(&window(), &storage.into()).ok()?.dyn_into::<Object>().ok()?;
    let entry = |pair| {
        let pair = Array::from(&pair);
        let text = |index| pair.get(index).as_string().unwrap_or_default();
        Entry { name: text(0), value: shortened(&text(1)) }
    };
    Some(Object::entries(&storage).iter().map(entry).collect())
}

/// Returns the cookies of a page. Browsers send a page the cookies of all ports of its host, so the values of other
/// programs are not shown.
fn entries_of_cookies(cookies: &str, own: &[String]) -> Vec<Entry> {
    let pairs = cookies.split(';').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or(("", pair));
            let is_own = own.iter().any(|own| own == name);
            let hidden = "(of another program on this host; its value is not shown)";
            let value = if is_own { shortened(value) } else { hidden.to_owned() };
            Entry { name: shortened(name), value }
        })
        .collect()
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_programs_are_hidden() {
        let own = ["theme".to_owned()];
        let entries = entries_of_cookies("theme=dark; other=secret; =odd;; bare", &own);
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["theme", "other", "", ""]);
        assert_eq!(entries[0].value, "dark");
        assert!(entries[1..].iter().all(|entry| entry.value.contains("not shown")));
        assert_eq!(entries_of_cookies("", &own), []);
    }

    #[test]
    fn long_values_are_shortened_at_a_character() {
        let long = "é".repeat(MAX_SHOWN + 1);
        assert_eq!(shortened(&long), "é".repeat(MAX_SHOWN) + "…");
        assert_eq!(shortened("short"), "short");
    }
}

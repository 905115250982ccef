//! The icons of devices and of security events.

use handstamp_protocol::security_event::EventCategory;
use leptos::prelude::*;

/// The systems of phones and tablets, as the server names them.
const MOBILE: [&str; 3] = ["iPhone", "iPad", "Android"];

const PHONE: &str = "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM11 18h2";
const COMPUTER: &str = "M4 5h16v11H4zM2 19.5h20M9 19.5l.5-3.5M15 19.5l-.5-3.5";
const TERMINAL: &str = "M3 5h18v14H3zM7 9.5l3 2.5-3 2.5M12.5 15h4";
const LOGIN: &str = "M14 4h5v16h-5M4 12h10M10.5 8.5L14 12l-3.5 3.5";
const CHANGE: &str = "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3";
const WARNING: &str = "M12 4l9 16H3zM12 10v4.5M12 17v.5";

/// The icon of a device, by the name that the server gave it.
#[component]
pub fn DeviceIcon(device: String) -> impl IntoView {
    let path = match device.as_str() {
        name if MOBILE.iter().any(|system| name.contains(system)) => PHONE,
        name if name.contains(" on ") || name.contains("macOS") || name.contains("Windows") => {
            COMPUTER
        }
        _ => TERMINAL,
    };
    icon(path)
}

/// The icon of a group of events.
#[component]
pub fn EventIcon(category: EventCategory) -> impl IntoView {
    icon(match category {
        EventCategory::Login => LOGIN,
        EventCategory::Change => CHANGE,
        EventCategory::Warning => WARNING,
    })
}

fn icon(path: &'static str) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=path /></svg> }
}

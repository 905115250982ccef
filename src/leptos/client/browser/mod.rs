//! The browser as the platform of the client: fetch, the monotonic clock, cookies, and the other tabs. The client works
//! without the features that a browser lacks or forbids.

mod cross_tab;

use super::{
    cookies,
    cross_tab::Message,
    lifecycle::PageEvent,
    platform::{LockGuard, Platform, Unreachable},
    replay::{ReplayRequest, ReplayResponse},
};
use cross_tab::Channel;
use futures::{FutureExt, future::LocalBoxFuture};
use gloo_net::http::{Headers, Request};
use gloo_timers::future::TimeoutFuture;
use handstamp_protocol::{cookie_names::CookieNames, types::AccessToken};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{
    AbortController, EventTarget, HtmlDocument, RequestInit, RequestRedirect, VisibilityState,
    window,
};

/// This page.
#[derive(Debug)]
pub struct Browser {
    channel: Option<Channel>,
    cookie_names: CookieNames,
}

impl Browser {
    pub(super) fn new() -> Self {
        let origin = window().and_then(|window| window.location().origin().ok());
        let cookie_names = CookieNames::of_origin(&origin.unwrap_or_default());
        Self { channel: Channel::open(), cookie_names }
    }

    /// Returns the names of the cookies at the origin of this page.
    pub fn cookie_names(&self) -> &CookieNames {
        &self.cookie_names
    }

    /// Calls `listener` with the messages of other tabs.
    pub(super) fn on_message(&self, listener: impl Fn(Message) + 'static) {
        if let Some(channel) = &self.channel {
            channel.on_message(listener);
        }
    }

    /// Calls `listener` if the page becomes visible or is restored, or the network changes.
    pub(super) fn on_page_event(&self, listener: impl Fn(PageEvent) + Clone + 'static) {
        let Some(window) = window() else { return };
        let forward = |name, event| {
            let listener = listener.clone();
            on(&window, name, move |_| listener(event));
        };
        forward("online", PageEvent::Online);
        forward("offline", PageEvent::Offline);
        let on_restored = listener.clone();
        on(&window, "pageshow", move |event| {
            // `pageshow` is also fired when the page is loaded.
            let persisted = Reflect::get(&event, &"persisted".into());
            if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                on_restored(PageEvent::Restored);
            }
        });
        if let Some(document) = window.document() {
            on(&document.clone(), "visibilitychange", move |_| {
                if document.visibility_state() == VisibilityState::Visible {
                    listener(PageEvent::Shown);
                }
            });
        }
    }
}

impl Platform for Browser {
    fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
    ) -> LocalBoxFuture<'static, Result<ReplayResponse, Unreachable>> {
        let abort = AbortOnDrop(AbortController::new().ok());
        let built = build(request, bearer, abort.0.as_ref()).map_err(|_| Unreachable);
        async move {
            let response = built?.send().await.map_err(|_| Unreachable)?;
            let headers = response.headers();
            let read = ReplayResponse {
                status: response.status(),
                status_text: response.status_text(),
                challenge: headers.get("www-authenticate"),
                location: headers.get("location"),
                retry_after: headers.get("retry-after").and_then(|seconds| seconds.parse().ok()),
                server_timing: headers.get("server-timing"),
                redirects: headers.has("serverfnredirect"),
                body: response.binary().await.map_err(|_| Unreachable)?.into(),
            };
            abort.disarm();
            Ok(read)
        }
        .boxed_local()
    }

    fn now(&self) -> f64 {
        window()
            .and_then(|window| window.performance())
            .map_or(0.0, |performance| performance.now())
    }

    fn sleep(&self, milliseconds: f64) -> LocalBoxFuture<'static, ()> {
        // The delay of a browser timer has 31 bits.
        let whole = milliseconds.ceil().clamp(0.0, 2_147_483_647.0) as u32;
        TimeoutFuture::new(whole).boxed_local()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    fn attempt_id(&self, unanswered: Option<&str>) -> Option<String> {
        let names = &self.cookie_names;
        if cookies::pending_attempt(names, &read_cookies()).is_none() {
            // Without random bytes there is no id, and the server relies on its reuse window.
            let id = unanswered.map(str::to_owned).or_else(random_id)?;
            write_cookie(&cookies::attempt(names, &id));
        }
        cookies::pending_attempt(names, &read_cookies()).map(str::to_owned)
    }

    fn store_login_id(&self) {
        let names = &self.cookie_names;
        let pending = cookies::pending_login(names, &read_cookies()).map(str::to_owned);
        if let Some(id) = pending.or_else(random_id) {
            write_cookie(&cookies::login(names, &id));
        }
    }

    fn set_pending_logout(&self, is_pending: bool) {
        let names = &self.cookie_names;
        write_cookie(&if is_pending {
            cookies::pending_logout(names)
        } else {
            cookies::no_pending_logout(names)
        });
    }

    fn has_pending_logout(&self) -> bool {
        cookies::has_pending_logout(&self.cookie_names, &read_cookies())
    }

    fn acquire_lock(&self, timeout: f64) -> LocalBoxFuture<'static, Option<LockGuard>> {
        cross_tab::acquire_lock(timeout)
    }

    fn broadcast(&self, message: &Message) {
        if let Some(channel) = &self.channel {
            channel.send(message);
        }
    }

    fn receives_broadcasts(&self) -> bool {
        self.channel.is_some()
    }
}

fn random_id() -> Option<String> {
    let mut random = [0; 16];
    let crypto = window()?.crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut random).ok()?;
    Some(cookies::attempt_id(random))
}

fn read_cookies() -> String {
    document().and_then(|document| document.cookie().ok()).unwrap_or_default()
}

fn write_cookie(cookie: &str) {
    if let Some(document) = document() {
        // Whether the browser has stored it is found out by reading the cookies.
        let _ = document.set_cookie(cookie);
    }
}

fn document() -> Option<HtmlDocument> {
    window()?.document()?.dyn_into().ok()
}

/// Adds a listener that is never removed.
fn on(target: &EventTarget, event: &str, listener: impl Fn(JsValue) + 'static) {
    let listener = Closure::<dyn Fn(JsValue)>::new(listener).into_js_value();
    let _ = target.add_event_listener_with_callback(event, listener.unchecked_ref());
}

fn build(
    request: &ReplayRequest,
    bearer: Option<&AccessToken>,
    abort: Option<&AbortController>,
) -> Result<Request, JsValue> {
    let headers = Headers::new();
    headers.set("Accept", &request.accept);
    if let Some(content_type) = &request.content_type {
        headers.set("Content-Type", content_type);
    }
    if let Some(token) = bearer {
        headers.set("Authorization", &format!("Bearer {}", token.expose_secret()));
    }
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&headers.into_raw());
    // A redirect to the login page of a proxy would fail like an unreachable network if it was followed.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(abort.map(AbortController::signal).as_ref());
    if let Some(body) = &request.body {
        init.set_body(&Uint8Array::from(body.as_ref()));
    }
    // web-sys has no setter for `keepalive`.
    Reflect::set(&init, &"keepalive".into(), &request.keepalive.into())?;
    web_sys::Request::new_with_str_and_init(&request.path, &init).map(Request::from)
}

/// Aborts the fetch if it is dropped, for example because the component that waits for it is removed.
struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

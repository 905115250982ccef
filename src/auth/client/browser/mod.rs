//! The browser as the surroundings of the client: fetch, the monotonic clock, the cookie jar, and the
//! other tabs. What a browser lacks or forbids is done without.

mod cross_tab;

use super::{
    cookies,
    cross_tab::Message,
    lifecycle::PageEvent,
    platform::{Platform, Turn, Unreachable},
    replay::{ReplayRequest, ReplayResponse},
};
use crate::protocol::{cookie_names::CookieNames, types::AccessToken};
use cross_tab::Channel;
use futures::{FutureExt, future::LocalBoxFuture};
use gloo_net::http::{Headers, Request};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{
    AbortController, EventTarget, HtmlDocument, RequestInit, RequestRedirect, VisibilityState,
    window,
};

/// This page.
#[derive(Debug)]
pub(super) struct Browser {
    channel: Option<Channel>,
    cookie_names: CookieNames,
}

impl Browser {
    pub(super) fn new() -> Self {
        let origin = window().and_then(|window| window.location().origin().ok());
        let cookie_names = CookieNames::of_origin(&origin.unwrap_or_default());
        Self { channel: Channel::open(), cookie_names }
    }

    /// The names of the cookies at the origin of this page.
    pub(super) fn cookie_names(&self) -> &CookieNames {
        &self.cookie_names
    }

    /// Calls `heard` with whatever other tabs tell.
    pub(super) fn on_message(&self, heard: impl Fn(Message) + 'static) {
        if let Some(channel) = &self.channel {
            channel.on_message(heard);
        }
    }

    /// Calls `woken` whenever the page is looked at again, or the network comes or goes.
    pub(super) fn on_wake(&self, woken: impl Fn(PageEvent) + Clone + 'static) {
        let Some(window) = window() else { return };
        let at = |event, why| {
            let woken = woken.clone();
            on(&window, event, move |_| woken(why));
        };
        at("online", PageEvent::Online);
        at("offline", PageEvent::Offline);
        let shown = woken.clone();
        on(&window, "pageshow", move |event| {
            // Not when it is loaded: when it comes back from the browser's history as it was.
            let persisted = Reflect::get(&event, &"persisted".into());
            if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                shown(PageEvent::Restored);
            }
        });
        if let Some(document) = window.document() {
            on(&document.clone(), "visibilitychange", move |_| {
                if document.visibility_state() == VisibilityState::Visible {
                    woken(PageEvent::Shown);
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
            let answer = built?.send().await.map_err(|_| Unreachable)?;
            let headers = answer.headers();
            let read = ReplayResponse {
                status: answer.status(),
                status_text: answer.status_text(),
                challenge: headers.get("www-authenticate"),
                location: headers.get("location"),
                retry_after: headers.get("retry-after").and_then(|seconds| seconds.parse().ok()),
                server_timing: headers.get("server-timing"),
                redirects: headers.has("serverfnredirect"),
                body: answer.binary().await.map_err(|_| Unreachable)?.into(),
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
        // Browsers count timers in 31 bits.
        let whole = milliseconds.ceil().clamp(0.0, 2_147_483_647.0) as u32;
        TimeoutFuture::new(whole).boxed_local()
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(work);
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    fn attempt(&self, unanswered: Option<&str>) -> Option<String> {
        let names = &self.cookie_names;
        if cookies::pending_attempt(names, &read_cookies()).is_none() {
            // Without random bytes the server's reuse window works alone.
            let id = unanswered.map(str::to_owned).or_else(new_attempt_id)?;
            write_cookie(&cookies::attempt(names, &id));
        }
        cookies::pending_attempt(names, &read_cookies()).map(str::to_owned)
    }

    fn begin_login(&self) {
        let names = &self.cookie_names;
        let pending = cookies::pending_login(names, &read_cookies()).map(str::to_owned);
        if let Some(id) = pending.or_else(new_attempt_id) {
            write_cookie(&cookies::login(names, &id));
        }
    }

    fn remember_logout(&self, is_due: bool) {
        write_cookie(&cookies::logout_due(&self.cookie_names, is_due));
    }

    fn is_logout_due(&self) -> bool {
        cookies::is_logout_due(&self.cookie_names, &read_cookies())
    }

    fn acquire_lock(&self, patience: f64) -> LocalBoxFuture<'static, Option<Turn>> {
        cross_tab::acquire_lock(patience)
    }

    fn tell(&self, message: &Message) {
        if let Some(channel) = &self.channel {
            channel.tell(message);
        }
    }

    fn hears_tabs(&self) -> bool {
        self.channel.is_some()
    }
}

fn new_attempt_id() -> Option<String> {
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
        // A browser that forbids it says so by not showing the cookie.
        let _ = document.set_cookie(cookie);
    }
}

fn document() -> Option<HtmlDocument> {
    window()?.document()?.dyn_into().ok()
}

/// Listens for as long as the page lives.
fn on(target: &EventTarget, event: &str, happened: impl Fn(JsValue) + 'static) {
    let happened = Closure::<dyn Fn(JsValue)>::new(happened).into_js_value();
    let _ = target.add_event_listener_with_callback(event, happened.unchecked_ref());
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
    // A followed redirect to the login page of a proxy would look like a dead network.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(abort.map(AbortController::signal).as_ref());
    if let Some(body) = &request.body {
        init.set_body(&Uint8Array::from(body.as_ref()));
    }
    // web-sys has no setter for it.
    Reflect::set(&init, &"keepalive".into(), &request.keepalive.into())?;
    web_sys::Request::new_with_str_and_init(&request.path, &init).map(Request::from)
}

/// Aborts the fetch when the component that waits for it is gone.
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

//! The browser as the surroundings of the client: fetch, the monotonic clock, the cookie jar.

use super::{
    attempt,
    platform::{Platform, Unreachable},
    replay::{ReplayRequest, ReplayResponse},
};
use crate::auth::types::AccessToken;
use futures::{FutureExt, future::LocalBoxFuture};
use gloo_net::http::{Headers, Request};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, HtmlDocument, RequestInit, window};

/// This page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Browser;

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

    fn ensure_attempt(&self) {
        let Some(document) = document() else { return };
        if attempt::is_pending(&document.cookie().unwrap_or_default()) {
            return;
        }
        let mut random = [0; 16];
        let filled = window()
            .and_then(|window| window.crypto().ok())
            .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut random).is_ok());
        // Without random bytes or without cookies the server's reuse window works alone.
        if filled {
            let _ = document.set_cookie(&attempt::cookie(random));
        }
    }
}

fn document() -> Option<HtmlDocument> {
    window()?.document()?.dyn_into().ok()
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
        headers.set("Authorization", &format!("Bearer {}", token.reveal()));
    }
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&headers.into_raw());
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

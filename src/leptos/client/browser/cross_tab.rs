//! The tabs of one browser, connected by a Web Lock and a `BroadcastChannel`. Both are looked up by name, because a
//! browser may lack or forbid them.

use crate::client::{cross_tab::Message, platform::LockGuard};
use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, LocalBoxFuture, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{AbortController, BroadcastChannel, MessageEvent, window};

/// The name of the lock and of the channel.
const NAME: &str = "handstamp";

/// The channel between the tabs.
#[derive(Debug)]
pub(super) struct Channel(BroadcastChannel);

impl Channel {
    pub(super) fn open() -> Option<Self> {
        // If the constructor is missing, calling it would throw an exception that can't be caught.
        Reflect::get(&JsValue::from(window()?), &"BroadcastChannel".into())
            .ok()?
            .dyn_into::<Function>()
            .ok()?;
        BroadcastChannel::new(NAME).ok().map(Self)
    }

    pub(super) fn on_message(&self, listener: impl Fn(Message) + 'static) {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // A tab with another version of this page may send messages that this one can't parse.
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(message) = serde_json::from_slice(text.as_bytes()) {
                listener(message);
            }
        });
        self.0.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
    }

    pub(super) fn send(&self, message: &Message) {
        if let Ok(text) = serde_json::to_string(message) {
            let _ = self.0.post_message(&text.into());
        }
    }
}

/// Requests the lock immediately, and waits for it for `timeout` milliseconds.
pub(super) fn acquire_lock(timeout: f64) -> LocalBoxFuture<'static, Option<LockGuard>> {
    let Some((granted, abort)) = request_lock() else {
        return async { None }.boxed_local();
    };
    async move {
        match select(granted, TimeoutFuture::new(timeout as u32)).await {
            Either::Left((guard, _)) => guard.ok(),
            Either::Right(_) => {
                abort.abort();
                None
            }
        }
    }
    .boxed_local()
}

fn request_lock() -> Option<(oneshot::Receiver<LockGuard>, AbortController)> {
    let navigator = window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let (send, granted) = oneshot::channel();
    let send = Rc::new(Cell::new(Some(send)));
    let refused = Rc::clone(&send);
    // The browser holds the lock until the returned promise is resolved.
    let on_granted = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |_| {
        let mut send = send.take().into_iter();
        Promise::new(&mut move |resolve: Function, _| {
            let guard = LockGuard::new(move || drop(resolve.call0(&JsValue::NULL)));
            // If the request has timed out, this drops the guard, which releases the lock.
            if let Some(send) = send.next() {
                drop(send.send(guard));
            }
        })
    });
    // A rejection after the timeout is no error. If the browser refuses the lock, it ends the wait.
    let on_rejected = Closure::<dyn FnMut(JsValue)>::new(move |_| drop(refused.take()));
    let abort = AbortController::new().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?;
    let on_granted = on_granted.into_js_value();
    let promise = request.call3(&locks, &NAME.into(), &options, &on_granted).ok()?;
    let catch: Function = Reflect::get(&promise, &"catch".into()).ok()?.dyn_into().ok()?;
    catch.call1(&promise, &on_rejected.into_js_value()).ok()?;
    Some((granted, abort))
}

//! The tabs of one browser: a Web Lock for turns, a `BroadcastChannel` for news. Both are looked up by
//! name, because a browser may lack them, and may forbid them too.

use crate::auth::client::{cross_tab::Message, platform::Turn};
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

/// Where tabs tell each other what happened.
#[derive(Debug)]
pub(super) struct Channel(BroadcastChannel);

impl Channel {
    pub(super) fn open() -> Option<Self> {
        // Where there is no such thing, to call it would throw in a way that can't be caught.
        Reflect::get(&JsValue::from(window()?), &"BroadcastChannel".into())
            .ok()?
            .dyn_into::<Function>()
            .ok()?;
        BroadcastChannel::new(NAME).ok().map(Self)
    }

    pub(super) fn on_message(&self, heard: impl Fn(Message) + 'static) {
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // A tab with an older version of this page may tell things that this one doesn't know.
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(message) = serde_json::from_slice(text.as_bytes()) {
                heard(message);
            }
        });
        self.0.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
    }

    pub(super) fn tell(&self, message: &Message) {
        if let Ok(text) = serde_json::to_string(message) {
            let _ = self.0.post_message(&text.into());
        }
    }
}

/// Asks at once for this tab's turn, and waits for it as many milliseconds as `patience` says.
pub(super) fn acquire_lock(patience: f64) -> LocalBoxFuture<'static, Option<Turn>> {
    let Some((asked, abort)) = ask_for_turn() else {
        return async { None }.boxed_local();
    };
    async move {
        match select(asked, TimeoutFuture::new(patience as u32)).await {
            Either::Left((turn, _)) => turn.ok(),
            Either::Right(_) => {
                abort.abort();
                None
            }
        }
    }
    .boxed_local()
}

fn ask_for_turn() -> Option<(oneshot::Receiver<Turn>, AbortController)> {
    let navigator = window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let (granted, asked) = oneshot::channel();
    let granted = Rc::new(Cell::new(Some(granted)));
    let refused = Rc::clone(&granted);
    // The lock is held until the promise that this answers is kept.
    let hold = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |_| {
        let granted = granted.take();
        let mut granted = granted.into_iter();
        Promise::new(&mut move |pass_on: Function, _| {
            let turn = Turn::new(move || drop(pass_on.call0(&JsValue::NULL)));
            // Whoever waits no longer drops the turn, which passes it on at once.
            if let Some(granted) = granted.next() {
                drop(granted.send(turn));
            }
        })
    });
    // To give up waiting is no error, and a browser that refuses the lock ends the wait.
    let give_up = Closure::<dyn FnMut(JsValue)>::new(move |_| drop(refused.take()));
    let abort = AbortController::new().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?;
    let hold = hold.into_js_value();
    let promise = request.call3(&locks, &NAME.into(), &options, &hold).ok()?;
    let catch: Function = Reflect::get(&promise, &"catch".into()).ok()?.dyn_into().ok()?;
    catch.call1(&promise, &give_up.into_js_value()).ok()?;
    Some((asked, abort))
}

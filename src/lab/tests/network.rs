//! The interventions between the client and the network.

use crate::lab::network::Network;
use futures::{FutureExt, channel::oneshot, executor::block_on};
use handstamp_leptos::client::{
    platform::Unreachable, replay::ReplayRequest, transport::Middleware,
};
use http::Method;
use std::rc::Rc;

/// Passes a request to the middleware. Returns whether it may be sent, and its path.
fn pass(network: &Network, path: &str) -> (Result<(), Unreachable>, String) {
    let mut request = ReplayRequest::new(Method::POST, path);
    let permitted = block_on(network.before_request(&mut request));
    (permitted, request.path)
}

#[test]
fn a_reroute_applies_to_one_request() {
    let network = Network::default();
    network.reroute_next("/auth/refresh", "/auth/lab/lose_refresh");
    assert_eq!(pass(&network, "/api/profile"), (Ok(()), "/api/profile".to_owned()));
    assert_eq!(pass(&network, "/auth/refresh"), (Ok(()), "/auth/lab/lose_refresh".to_owned()));
    assert_eq!(pass(&network, "/auth/refresh"), (Ok(()), "/auth/refresh".to_owned()));
    assert!(network.cancel_reroute(), "one request was rerouted");
    network.reroute_next("/auth/refresh", "/auth/lab/lose_refresh");
    assert!(!network.cancel_reroute(), "no request was rerouted");
    assert_eq!(pass(&network, "/auth/refresh"), (Ok(()), "/auth/refresh".to_owned()));
}

#[test]
fn offline_requests_are_not_sent() {
    let network = Network::default();
    network.set_offline(true);
    assert_eq!(pass(&network, "/api/profile").0, Err(Unreachable));
    network.set_offline(false);
    assert_eq!(pass(&network, "/api/profile").0, Ok(()));
}

#[test]
fn a_step_hook_pauses_requests_and_responses() {
    let network = Network::default();
    assert!(!network.delays_requests());
    let (resume, resumed) = oneshot::channel();
    let resumed = resumed.map(|_| ()).shared();
    network.set_step_hook(Some(Rc::new(move || resumed.clone().boxed_local())));
    assert!(network.delays_requests());
    let mut request = ReplayRequest::new(Method::GET, "/api/profile");
    let mut before_request = network.before_request(&mut request);
    assert_eq!((&mut before_request).now_or_never(), None);
    assert_eq!(network.before_response().now_or_never(), None);
    resume.send(()).unwrap();
    assert_eq!(before_request.now_or_never(), Some(Ok(())));
    assert_eq!(network.before_response().now_or_never(), Some(()));
    network.set_step_hook(None);
    assert!(!network.delays_requests());
}

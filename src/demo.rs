//! The server of the demo: its pages, its posts and its lab.

use crate::{
    app::{App, shell},
    demo_mode::DemoMode,
    lab::{server::CopiedTokens, server_timing},
    posts::{self, PostsOfUsers},
};
use handstamp_leptos::{builder::Builder, router::Pages};
use handstamp_protocol::paths;
use handstamp_server::AppState;
use leptos::prelude::provide_context;
use std::sync::Arc;

/// Returns a builder with everything that the demo adds to the server.
pub fn builder() -> Builder {
    let pages = |state: &AppState, options| {
        let demo = demo_mode(state);
        let copied = Arc::new(CopiedTokens::default());
        let lab = (!demo.guests).then(|| paths::LAB.to_owned());
        let outbox = (!demo.outbox).then(|| paths::OUTBOX.to_owned());
        Pages {
            app: App,
            shell,
            context: move || {
                provide_context(demo);
                provide_context(Arc::clone(&copied));
            },
            options,
            absent: lab.into_iter().chain(outbox).collect(),
        }
    };
    Builder::new(pages)
        .site("handstamp", "site")
        .api(posts::api::routes(), posts::api::example)
        .user_data(PostsOfUsers)
        .wrap(|state, router| if state.config.demo { server_timing::wrap(router) } else { router })
}

fn demo_mode(state: &AppState) -> DemoMode {
    let window = u32::try_from(state.config.reuse_window.as_millis()).unwrap_or(u32::MAX);
    DemoMode {
        guests: state.config.demo,
        outbox: state.mailer.shows_outbox(),
        reuse_window: if state.config.demo { window } else { 0 },
    }
}

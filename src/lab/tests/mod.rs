mod export;
mod flow;
mod history;
mod network;

use super::{history::History, row::Row};
use handstamp_leptos::client::trace::{Entry, Event, Visibility};
use handstamp_protocol::cookie_names::CookieNames;

/// A scripted client and its history.
struct Story {
    history: History,
    at: f64,
    calls: u64,
}

impl Default for Story {
    fn default() -> Self {
        let mut history = History::default();
        history.set_cookie_names(CookieNames::of_origin("http://localhost:3000"));
        Self { history, at: 0.0, calls: 0 }
    }
}

impl Story {
    fn note(&mut self, event: Event) {
        self.at += 1.0;
        self.history.add(&Entry { at: self.at, event });
    }

    /// Adds a request and its response.
    fn call(
        &mut self,
        method: &str,
        path: &str,
        shows: Visibility,
        status: u16,
        server: Option<&str>,
    ) {
        self.calls += 1;
        let call = self.calls;
        let (method, path) = (method.to_owned(), path.to_owned());
        self.note(Event::Sent { call, method, path, shows });
        self.note(Event::Answered { call, status, server: server.map(str::to_owned) });
    }

    fn call_api(&mut self, generation: u64, status: u16) {
        let server = Some("verify;dur=0.02, db;dur=1.5");
        self.call("GET", "/api/profile", Visibility::AccessToken(generation), status, server);
    }

    fn refresh(&mut self) {
        let server = Some("verify;dur=0.03, db;dur=2.0, sign;dur=0.05, stamp;desc=\"1 rotated\"");
        self.call("POST", "/auth/refresh", Visibility::RefreshToken, 200, server);
    }

    /// Adds all nineteen steps.
    fn whole_flow(&mut self) {
        let server = Some("db;dur=4.0, sign;dur=0.05, stamp;desc=\"0 pressed\"");
        self.call("POST", "/auth/try_it", Visibility::Nothing, 200, server);
        self.note(Event::TokenReplaced { generation: 1 });
        self.call_api(1, 200);
        self.call_api(1, 200);
        self.call("POST", "/auth/lab/cut_ticket", Visibility::AccessToken(1), 200, None);
        self.note(Event::TokenReplaced { generation: 2 });
        self.call_api(2, 401);
        self.note(Event::TokenRefused { path: "/api/profile".to_owned(), status: 401 });
        self.refresh();
        self.note(Event::TokenReplaced { generation: 3 });
        self.note(Event::Retried { path: "/api/profile".to_owned() });
        self.call_api(3, 200);
    }

    fn texts(&self) -> Vec<&str> {
        self.history.rows().iter().map(|row| row.text.as_str()).collect()
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.history.rows().iter()
    }
}

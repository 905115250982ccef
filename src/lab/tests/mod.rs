mod export;
mod flow;
mod history;
mod network;
mod recording;

use super::{history::History, row::Row};
use handstamp_leptos::client::trace::{Entry, Event, Visibility};
use handstamp_protocol::cookie_names::CookieNames;

/// A scripted client and its history. Its access tokens are named `a1` to `a7`.
struct Story {
    history: History,
    entries: Vec<Entry>,
    at: f64,
    calls: u64,
}

impl Default for Story {
    fn default() -> Self {
        let mut history = History::default();
        history.set_cookie_names(CookieNames::of_origin("http://localhost:3000"));
        for generation in 1..=7 {
            history.name_ticket(generation, format!("a{generation}"));
        }
        Self { history, entries: Vec::new(), at: 0.0, calls: 0 }
    }
}

impl Story {
    fn note(&mut self, event: Event) {
        self.at += 1.0;
        let entry = Entry { at: self.at, event };
        self.history.add(&entry);
        self.entries.push(entry);
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
        let server = match status {
            401 => Some("verify;dur=0.02, ticket;desc=\"access_token_expired\""),
            _ => Some("verify;dur=0.02, db;dur=1.5"),
        };
        self.call("GET", "/api/profile", Visibility::AccessToken(generation), status, server);
    }

    fn refresh(&mut self) {
        let server = Some("verify;dur=0.03, db;dur=2.0, sign;dur=0.05, stamp;desc=\"1 rotated\"");
        self.call("POST", "/auth/refresh", Visibility::RefreshToken, 200, server);
    }

    /// Adds a refresh whose response is lost.
    fn lose_refresh(&mut self) {
        let server = Some("verify;dur=0.03, db;dur=2.0, sign;dur=0.05, stamp;desc=\"1 rotated\"");
        self.call("POST", "/auth/lab/lose_refresh", Visibility::RefreshToken, 504, server);
    }

    /// Adds the copy of a refresh token, and a refresh with it.
    fn steal(&mut self) {
        let shows = Visibility::RefreshToken;
        self.call(
            "POST",
            "/auth/lab/steal",
            shows,
            200,
            Some("db;dur=1.0, stamp;desc=\"0 copied\""),
        );
        let server = Some("verify;dur=0.03, db;dur=2.0, sign;dur=0.05, stamp;desc=\"1 rotated\"");
        self.call("POST", "/auth/lab/strike", shows, 200, server);
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

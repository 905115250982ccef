//! A simulated browser, whose tabs share one cookie jar, and optionally an attacker with a copy of that jar.
//!
//! It follows the client in `src/leptos/client`: one access token per tab; a refresh in the last tenth of its life, or
//! at once after a reload; one refresh at a time per tab; a new attempt id if none is pending; a timeout of eight
//! seconds; a quick retry after 409, and backoff after a timeout. A reloaded tab drops its refresh, but the cookie of
//! that response is still set.

use crate::{
    chance::{Chance, Network},
    policies::{Policy, Session, Token, Verdict},
};
use std::{cmp::Reverse, collections::BinaryHeap};

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
const ACCESS_TTL: i64 = 15 * MINUTE;
const REFRESH_TIMEOUT: i64 = 8 * SECOND;
/// The mean time between two reloads of a tab.
const RELOAD_INTERVAL: i64 = 60 * MINUTE;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Jar {
    token: Token,
    attempt: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The timer of a tab's next refresh. It is outdated if the tab has set another one since.
    Due {
        tab: usize,
        timer: u64,
    },
    AtServer {
        tab: usize,
        request: u64,
        jar: Jar,
    },
    AtBrowser {
        tab: usize,
        request: u64,
        verdict: Verdict,
    },
    TimesOut {
        tab: usize,
        request: u64,
    },
    Reload {
        tab: usize,
    },
    Sleep,
    Wake,
    AttackerIsDue,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tab {
    timer: u64,
    pending: Option<u64>,
    /// The refresh that was pending at the last reload.
    orphan: Option<u64>,
    failures: u32,
}

pub(crate) struct Browser<'a> {
    pub(crate) now: i64,
    pub(crate) refreshes: u64,
    pub(crate) over: bool,
    session: Box<dyn Session>,
    network: Network,
    chance: &'a mut Chance,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    scheduled: u64,
    jar: Jar,
    tabs: Vec<Tab>,
    wakes_at: Option<i64>,
    attacker: Option<Jar>,
}

impl<'a> Browser<'a> {
    /// Returns a browser some time after the login: the access tokens of its tabs have different ages.
    pub(crate) fn open(
        policy: Policy,
        tabs: usize,
        network: Network,
        chance: &'a mut Chance,
    ) -> Self {
        let mut browser = Self {
            now: 0,
            refreshes: 0,
            over: false,
            session: policy.log_in(),
            network,
            chance,
            events: BinaryHeap::new(),
            scheduled: 0,
            jar: Jar { token: 0, attempt: None },
            tabs: vec![Tab::default(); tabs],
            wakes_at: None,
            attacker: None,
        };
        for tab in 0..tabs {
            let wait = browser.chance.between(0, ACCESS_TTL);
            browser.schedule_refresh(tab, wait);
            let reload = browser.chance.around(RELOAD_INTERVAL);
            browser.after(reload, Event::Reload { tab });
        }
        if let Some(awake) = network.awake {
            let wait = browser.chance.around(awake);
            browser.after(wait, Event::Sleep);
        }
        browser
    }

    /// Runs until the session is over, or until this time.
    pub(crate) fn run(&mut self, until: i64) {
        while !self.over {
            if self.events.peek().is_none_or(|Reverse((at, ..))| *at > until) {
                self.now = until;
                return;
            }
            let Some(Reverse((at, _, event))) = self.events.pop() else { return };
            self.now = at;
            match self.wakes_at {
                Some(wakes_at) => self.handle_asleep(event, wakes_at),
                None => self.handle(event),
            }
        }
    }

    /// Copies the jar and the access token of a tab to the attacker, who refreshes when that token expires.
    pub(crate) fn be_robbed(&mut self) {
        self.attacker = Some(self.jar);
        let wait = self.until_due();
        self.after(wait, Event::AttackerIsDue);
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Due { tab, timer } if self.tabs[tab].timer == timer => self.refresh(tab),
            Event::Due { .. } | Event::Wake => {}
            Event::AtServer { tab, request, jar } => self.handle_at_server(tab, request, jar),
            Event::AtBrowser { tab, request, verdict } => {
                self.handle_response(tab, request, verdict)
            }
            Event::TimesOut { tab, request } => {
                if self.tabs[tab].pending == Some(request) {
                    self.tabs[tab].pending = None;
                    self.back_off(tab);
                }
            }
            Event::Reload { tab } => {
                let pending = self.tabs[tab].pending.take();
                self.tabs[tab] = Tab { orphan: pending, failures: 0, ..self.tabs[tab] };
                self.refresh(tab);
                let wait = self.chance.around(RELOAD_INTERVAL);
                self.after(wait, Event::Reload { tab });
            }
            Event::Sleep => {
                let wait = self.chance.between(MINUTE, 60 * MINUTE);
                self.wakes_at = Some(self.now + wait);
                self.after(wait, Event::Wake);
            }
            Event::AttackerIsDue => self.refresh_as_attacker(),
        }
    }

    /// While the machine sleeps, sent requests still reach the server, responses are lost, and timers are postponed.
    fn handle_asleep(&mut self, event: Event, wakes_at: i64) {
        match event {
            Event::Wake => {
                self.wakes_at = None;
                if let Some(awake) = self.network.awake {
                    let wait = self.chance.around(awake);
                    self.after(wait, Event::Sleep);
                }
            }
            Event::AtServer { .. } | Event::AttackerIsDue => self.handle(event),
            Event::AtBrowser { .. } | Event::Sleep => {}
            Event::Due { .. } | Event::TimesOut { .. } | Event::Reload { .. } => {
                let wait = wakes_at - self.now + self.chance.between(0, SECOND);
                self.after(wait, event);
            }
        }
    }

    fn refresh(&mut self, tab: usize) {
        if self.tabs[tab].pending.is_some() {
            return;
        }
        let attempt = self.jar.attempt.unwrap_or_else(|| self.chance.bits());
        self.jar.attempt = Some(attempt);
        let request = self.chance.bits();
        self.tabs[tab].pending = Some(request);
        self.send(Event::AtServer { tab, request, jar: self.jar });
        self.after(REFRESH_TIMEOUT, Event::TimesOut { tab, request });
    }

    fn handle_at_server(&mut self, tab: usize, request: u64, jar: Jar) {
        self.refreshes += 1;
        let verdict = self.session.refresh(jar.token, jar.attempt, self.now);
        // The revocation is final, whether or not the response arrives.
        self.over = verdict == Verdict::LoggedOut;
        self.send(Event::AtBrowser { tab, request, verdict });
    }

    fn handle_response(&mut self, tab: usize, request: u64, verdict: Verdict) {
        let is_orphan = self.tabs[tab].orphan == Some(request);
        let is_pending = self.tabs[tab].pending == Some(request);
        if let (Verdict::Replaced(token), true) = (verdict, is_orphan || is_pending) {
            self.jar = Jar { token, attempt: None };
        }
        if !is_pending {
            return;
        }
        self.tabs[tab].pending = None;
        if verdict == Verdict::Retry {
            let wait = self.chance.between(100, 300);
            self.schedule_refresh(tab, wait);
        } else {
            self.tabs[tab].failures = 0;
            let wait = self.until_due();
            self.schedule_refresh(tab, wait);
        }
    }

    fn back_off(&mut self, tab: usize) {
        let failures = self.tabs[tab].failures.min(6);
        self.tabs[tab].failures += 1;
        let max = ((SECOND / 2) << failures).min(30 * SECOND);
        let wait = self.chance.between(max / 2, max);
        self.schedule_refresh(tab, wait);
    }

    fn refresh_as_attacker(&mut self) {
        let Some(mut jar) = self.attacker else { return };
        let attempt = *jar.attempt.get_or_insert_with(|| self.chance.bits());
        let wait = match self.session.refresh(jar.token, Some(attempt), self.now) {
            Verdict::Replaced(token) => {
                jar = Jar { token, attempt: None };
                self.until_due()
            }
            Verdict::Kept => self.until_due(),
            Verdict::Retry => SECOND,
            Verdict::LoggedOut => {
                self.over = true;
                return;
            }
        };
        self.attacker = Some(jar);
        self.after(wait, Event::AttackerIsDue);
    }

    /// Returns a random time in the last tenth of the life of an access token, when a page needs the next one.
    fn until_due(&mut self) -> i64 {
        self.chance.between(ACCESS_TTL / 10 * 9, ACCESS_TTL)
    }

    fn schedule_refresh(&mut self, tab: usize, wait: i64) {
        self.tabs[tab].timer += 1;
        let timer = self.tabs[tab].timer;
        self.after(wait, Event::Due { tab, timer });
    }

    fn send(&mut self, event: Event) {
        if !self.chance.happens(self.network.lost) {
            let delay = self.chance.around(self.network.delay);
            self.after(delay, event);
        }
    }

    fn after(&mut self, wait: i64, event: Event) {
        self.scheduled += 1;
        self.events.push(Reverse((self.now + wait, self.scheduled, event)));
    }
}

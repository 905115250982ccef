//! A browser with some tabs on one cookie jar, hour after hour, and perhaps a thief.
//!
//! It does what the client in `src/auth/client` does: an access token a tab; a refresh in the last
//! tenth of its life, or at once after a reload; one refresh at a time in a tab; an attempt id when none
//! is pending; eight seconds of patience; 409 is sent again soon, and after no answer it waits longer
//! each time. A reloaded tab forgets its refresh, but what the answer sets still lands in the jar.

use crate::{
    chance::{Chance, Network},
    policies::{Policy, Session, Token, Verdict},
};
use std::{cmp::Reverse, collections::BinaryHeap};

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
const ACCESS_TOKEN: i64 = 15 * MINUTE;
const TIMEOUT: i64 = 8 * SECOND;
const BETWEEN_RELOADS: i64 = 60 * MINUTE;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Jar {
    token: Token,
    attempt: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A tab wants a refresh, unless it has another plan by now.
    Due {
        tab: usize,
        plan: u64,
    },
    AtServer {
        tab: usize,
        flight: u64,
        jar: Jar,
    },
    AtBrowser {
        tab: usize,
        flight: u64,
        verdict: Verdict,
    },
    GivesUp {
        tab: usize,
        flight: u64,
    },
    Reload {
        tab: usize,
    },
    Sleep,
    Wake,
    ThiefIsDue,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tab {
    plan: u64,
    waiting: Option<u64>,
    /// The refresh that the page before the last reload sent.
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
    count: u64,
    jar: Jar,
    tabs: Vec<Tab>,
    wakes_at: Option<i64>,
    thief: Option<Jar>,
}

impl<'a> Browser<'a> {
    /// Some time after the login: every tab has an access token, of another age.
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
            count: 0,
            jar: Jar { token: 0, attempt: None },
            tabs: vec![Tab::default(); tabs],
            wakes_at: None,
            thief: None,
        };
        for tab in 0..tabs {
            let wait = browser.chance.between(0, ACCESS_TOKEN);
            browser.plan(tab, wait);
            let reload = browser.chance.around(BETWEEN_RELOADS);
            browser.after(reload, Event::Reload { tab });
        }
        if let Some(awake) = network.awake {
            let wait = browser.chance.around(awake);
            browser.after(wait, Event::Sleep);
        }
        browser
    }

    /// Goes on until the session is over, or until this moment.
    pub(crate) fn run(&mut self, until: i64) {
        while !self.over {
            if self.events.peek().is_none_or(|Reverse((at, ..))| *at > until) {
                self.now = until;
                return;
            }
            let Some(Reverse((at, _, event))) = self.events.pop() else { return };
            self.now = at;
            match self.wakes_at {
                Some(wakes_at) => self.happen_asleep(event, wakes_at),
                None => self.happen(event),
            }
        }
    }

    /// A thief copies the jar as it is, and the access token of a tab: what they want first is another
    /// one when that ends.
    pub(crate) fn is_robbed(&mut self) {
        self.thief = Some(self.jar);
        let wait = self.until_due();
        self.after(wait, Event::ThiefIsDue);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Due { tab, plan } if self.tabs[tab].plan == plan => self.refresh(tab),
            Event::Due { .. } | Event::Wake => {}
            Event::AtServer { tab, flight, jar } => self.serve(tab, flight, jar),
            Event::AtBrowser { tab, flight, verdict } => self.land(tab, flight, verdict),
            Event::GivesUp { tab, flight } => {
                if self.tabs[tab].waiting == Some(flight) {
                    self.tabs[tab].waiting = None;
                    self.back_off(tab);
                }
            }
            Event::Reload { tab } => {
                let waiting = self.tabs[tab].waiting.take();
                self.tabs[tab] = Tab { orphan: waiting, failures: 0, ..self.tabs[tab] };
                self.refresh(tab);
                let wait = self.chance.around(BETWEEN_RELOADS);
                self.after(wait, Event::Reload { tab });
            }
            Event::Sleep => {
                let wait = self.chance.between(MINUTE, 60 * MINUTE);
                self.wakes_at = Some(self.now + wait);
                self.after(wait, Event::Wake);
            }
            Event::ThiefIsDue => self.steal(),
        }
    }

    /// What was sent is on its way; what comes back finds nobody; the rest waits.
    fn happen_asleep(&mut self, event: Event, wakes_at: i64) {
        match event {
            Event::Wake => {
                self.wakes_at = None;
                if let Some(awake) = self.network.awake {
                    let wait = self.chance.around(awake);
                    self.after(wait, Event::Sleep);
                }
            }
            Event::AtServer { .. } | Event::ThiefIsDue => self.happen(event),
            Event::AtBrowser { .. } | Event::Sleep => {}
            Event::Due { .. } | Event::GivesUp { .. } | Event::Reload { .. } => {
                let wait = wakes_at - self.now + self.chance.between(0, SECOND);
                self.after(wait, event);
            }
        }
    }

    fn refresh(&mut self, tab: usize) {
        if self.tabs[tab].waiting.is_some() {
            return;
        }
        let attempt = self.jar.attempt.unwrap_or_else(|| self.chance.bits());
        self.jar.attempt = Some(attempt);
        let flight = self.chance.bits();
        self.tabs[tab].waiting = Some(flight);
        self.send(Event::AtServer { tab, flight, jar: self.jar });
        self.after(TIMEOUT, Event::GivesUp { tab, flight });
    }

    fn serve(&mut self, tab: usize, flight: u64, jar: Jar) {
        self.refreshes += 1;
        let verdict = self.session.refresh(jar.token, jar.attempt, self.now);
        // Nobody undoes a revocation, whether or not the answer arrives.
        self.over = verdict == Verdict::SignedOut;
        self.send(Event::AtBrowser { tab, flight, verdict });
    }

    fn land(&mut self, tab: usize, flight: u64, verdict: Verdict) {
        let is_orphan = self.tabs[tab].orphan == Some(flight);
        let is_awaited = self.tabs[tab].waiting == Some(flight);
        if let (Verdict::Replaced(token), true) = (verdict, is_orphan || is_awaited) {
            self.jar = Jar { token, attempt: None };
        }
        if !is_awaited {
            return;
        }
        self.tabs[tab].waiting = None;
        if verdict == Verdict::Again {
            let wait = self.chance.between(100, 300);
            self.plan(tab, wait);
        } else {
            self.tabs[tab].failures = 0;
            let wait = self.until_due();
            self.plan(tab, wait);
        }
    }

    fn back_off(&mut self, tab: usize) {
        let failures = self.tabs[tab].failures.min(6);
        self.tabs[tab].failures += 1;
        let longest = ((SECOND / 2) << failures).min(30 * SECOND);
        let wait = self.chance.between(longest / 2, longest);
        self.plan(tab, wait);
    }

    fn steal(&mut self) {
        let Some(mut jar) = self.thief else { return };
        let attempt = *jar.attempt.get_or_insert_with(|| self.chance.bits());
        let wait = match self.session.refresh(jar.token, Some(attempt), self.now) {
            Verdict::Replaced(token) => {
                jar = Jar { token, attempt: None };
                self.until_due()
            }
            Verdict::Kept => self.until_due(),
            Verdict::Again => SECOND,
            Verdict::SignedOut => {
                self.over = true;
                return;
            }
        };
        self.thief = Some(jar);
        self.after(wait, Event::ThiefIsDue);
    }

    /// Somewhere in the last tenth of an access token's life there is something to ask the server for.
    fn until_due(&mut self) -> i64 {
        self.chance.between(ACCESS_TOKEN / 10 * 9, ACCESS_TOKEN)
    }

    fn plan(&mut self, tab: usize, wait: i64) {
        self.tabs[tab].plan += 1;
        let plan = self.tabs[tab].plan;
        self.after(wait, Event::Due { tab, plan });
    }

    fn send(&mut self, event: Event) {
        if !self.chance.happens(self.network.lost) {
            let delay = self.chance.around(self.network.delay);
            self.after(delay, event);
        }
    }

    fn after(&mut self, wait: i64, event: Event) {
        self.count += 1;
        self.events.push(Reverse((self.now + wait, self.count, event)));
    }
}

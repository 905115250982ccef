//! What the client does when the page is looked at again, or the network comes or goes.

use super::{interceptor::Interceptor, platform::Platform, state::SessionState};

/// Not all tabs at once: this many milliseconds at the most.
const JITTER: f64 = 500.0;

/// What happened to the page; the more of it puts the session in doubt, the later it comes here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageEvent {
    /// It is looked at again, perhaps after hours of sleep.
    Shown,
    /// The browser says that there is a network.
    Online,
    /// It comes back from the browser's history as it was, and has heard nothing meanwhile.
    Restored,
    /// The browser says that there is no network. It can't know about every server.
    Offline,
}

impl<P: Platform> Interceptor<P> {
    /// Looks where the session stands, once for all that happens at the same time.
    pub async fn wake(&self, woken: PageEvent) {
        let before = self.woken().get();
        self.woken().set(before.max(Some(woken)));
        // What a page from the history shows may be another person's by now. That it is looked at comes first.
        if woken != PageEvent::Restored {
            if before.is_some() {
                return;
            }
            self.platform().sleep(JITTER * self.platform().random()).await;
        }
        let Some(woken) = self.woken().take() else { return };
        let has_missed_news = woken == PageEvent::Restored
            || !self.platform().hears_tabs()
            || (woken == PageEvent::Online && self.has_lost_login().get());
        let now = self.platform().now();
        match self.session().state() {
            SessionState::Starting => {}
            SessionState::SignedIn | SessionState::Offline(_)
                if self.platform().is_logout_due() =>
            {
                drop(self.refresher().catch_up());
            }
            SessionState::Offline(why) if why.is_unreached() => {
                let _ = self.refresher().refresh_now().await;
            }
            // The server has said that it is in trouble, and perhaps for how long.
            SessionState::Offline(_) => drop(self.refresher().refresh().await),
            SessionState::SignedIn if woken == PageEvent::Restored => {
                let _ = self.refresher().refresh_now().await;
            }
            SessionState::SignedIn
                if has_missed_news
                    || woken == PageEvent::Offline
                    || !self.session().has_good_token(now) =>
            {
                let _ = self.refresher().refresh().await;
            }
            SessionState::SignedIn => {}
            // Somebody may have logged in meanwhile, and would lose that session by logging in here.
            SessionState::SignedOut(_) if has_missed_news && !self.platform().is_logout_due() => {
                let asked = match woken {
                    PageEvent::Restored => self.refresher().refresh_now().await,
                    _ => self.refresher().refresh().await,
                };
                if !asked.is_err_and(|error| error.code.is_unreached()) {
                    self.has_lost_login().set(false);
                }
            }
            // To be looked at again is no reason to try again earlier.
            SessionState::SignedOut(_)
                if woken > PageEvent::Shown || !self.farewell().is_telling() =>
            {
                self.farewell().resume();
            }
            SessionState::SignedOut(_) => {}
        }
    }
}

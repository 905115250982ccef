//! The client of one page: its parts, and how they depend on each other.

use super::{
    context::Context,
    cross_tab::CrossTab,
    interceptor::Interceptor,
    lifecycle::Lifecycle,
    login::{InFlightLogins, LoginFlow},
    logout::PendingLogout,
    platform::Platform,
    refresh::Refresher,
    session::SessionStore,
    state::LogoutReason,
    trace::Trace,
    transport::Transport,
};
use std::rc::Rc;

/// The client of one page.
pub struct PageClient<P> {
    /// The environment.
    pub platform: Rc<P>,
    /// Sends all requests.
    pub transport: Rc<Transport<P>>,
    /// The session.
    pub session: Rc<SessionStore>,
    /// The steps of the client.
    pub trace: Rc<Trace>,
    /// Refreshes the access token.
    pub refresher: Rc<Refresher<P>>,
    /// Sends requests with the access token.
    pub interceptor: Interceptor<P>,
    /// Runs logins.
    pub login: Rc<LoginFlow<P>>,
    /// Sends a logout until the server confirms it.
    pub pending_logout: Rc<PendingLogout<P>>,
    /// Applies the messages of other tabs.
    pub cross_tab: CrossTab<P>,
    /// Checks the session after page events.
    pub lifecycle: Lifecycle<P>,
}

impl<P: Platform> PageClient<P> {
    /// Returns a client that refreshes by posting to `refresh_path`, and logs out by posting to `log_out_path`.
    pub fn new(platform: P, refresh_path: &'static str, log_out_path: &'static str) -> Self {
        let platform = Rc::new(platform);
        let clock = Rc::clone(&platform);
        let trace = Rc::new(Trace::new(move || clock.now()));
        let transport = Rc::new(Transport::new(Rc::clone(&platform), Rc::clone(&trace)));
        let context = Context { platform, transport, session: Rc::default(), trace };

        let logins = InFlightLogins::default();
        let pending_logout = PendingLogout::new(log_out_path, &context, logins.clone());
        let logout = || Rc::clone(&pending_logout);
        let refresher = Refresher::new(refresh_path, &context, logins.clone(), logout());
        let refresh = || Rc::clone(&refresher);
        let login = LoginFlow::new(&context, logins, refresh(), logout());
        Self {
            interceptor: Interceptor::new(&context, refresh()),
            cross_tab: CrossTab::new(&context, refresh(), logout()),
            lifecycle: Lifecycle::new(&context, refresh(), logout(), Rc::clone(&login)),
            login,
            refresher,
            pending_logout,
            platform: context.platform,
            transport: context.transport,
            session: context.session,
            trace: context.trace,
        }
    }

    /// Logs out: discards the session immediately, in every tab, and sends the logout to the server until it is
    /// confirmed.
    pub fn log_out(&self) {
        self.platform.set_pending_logout(true);
        self.refresher.discard_session(LogoutReason::LoggedOut);
        self.pending_logout.send();
    }
}

//! The environment and the state that all parts of a client share.

use super::{session::SessionStore, trace::Trace, transport::Transport};
use std::rc::Rc;

/// What all parts of a client share.
pub struct Context<P> {
    /// The environment.
    pub platform: Rc<P>,
    /// Sends all requests.
    pub transport: Rc<Transport<P>>,
    /// The session.
    pub session: Rc<SessionStore>,
    /// The steps of the client.
    pub trace: Rc<Trace>,
}

impl<P> Clone for Context<P> {
    fn clone(&self) -> Self {
        Self {
            platform: Rc::clone(&self.platform),
            transport: Rc::clone(&self.transport),
            session: Rc::clone(&self.session),
            trace: Rc::clone(&self.trace),
        }
    }
}

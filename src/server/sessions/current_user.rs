//! The user of a request.

use handstamp_engine::access_token::Claims;
use std::sync::Arc;
use uuid::Uuid;

/// The user and the session of a request, from its access token.
#[derive(Debug, Clone)]
pub struct CurrentUser(Arc<Claims>);

impl CurrentUser {
    /// Creates the current user from the claims of a verified access token.
    pub fn new(claims: Arc<Claims>) -> Self {
        Self(claims)
    }

    /// Returns the id of the user.
    pub fn user_id(&self) -> Uuid {
        self.0.sub
    }

    /// Returns the id of the session.
    pub fn session_id(&self) -> Uuid {
        self.0.sid
    }

    /// Returns the id of the access token.
    pub fn token_id(&self) -> Uuid {
        self.0.jti
    }

    /// Returns all claims of the access token.
    pub fn claims(&self) -> &Claims {
        &self.0
    }
}

//! The requests and responses of the JSON API, used by the server, the pages and the OpenAPI document.

/// Implements `Debug` without the fields, because they are secrets.
macro_rules! redacted {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        })*
    };
}

mod account;
mod outbox;
mod posts;
mod registration;
mod second_factor;
mod sessions;
mod tokens;

pub use account::{
    Account, Confirmation, Events, ListedEvent, NewEmail, NewPassword, NewUsername, PendingEmail,
};
pub use outbox::{LinkState, Outbox, OutboxMail};
pub use posts::{NewPost, Post, Posts};
pub use registration::GuestRegistration;
pub use second_factor::{PreparedSecondFactor, Proof, QrCode, RecoveryCodes, SecondFactorCode};
pub use sessions::{ListedSession, Profile, ProfileSession, Sessions};
pub use tokens::{Login, NativeTokens, RefreshTokenBody};

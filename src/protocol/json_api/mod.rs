//! The requests and responses of the JSON API, for the server, the pages and the OpenAPI document.

/// `Debug` without the content, which is secret.
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
mod events;
mod outbox;
mod posts;
mod sessions;
mod tokens;

pub use account::*;
pub use events::*;
pub use outbox::*;
pub use posts::*;
pub use sessions::*;
pub use tokens::*;

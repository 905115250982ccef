//! The paths of the pages, and of two functions of the cookie API, for the client and the server.

pub const HOME: &str = "/";
pub const LOG_IN: &str = "/login";
pub const SIGN_UP: &str = "/signup";
pub const PROFILE: &str = "/profile";
pub const POSTS: &str = "/posts";
pub const SESSIONS: &str = "/sessions";
pub const ACCOUNT: &str = "/account";
pub const FORGOT_PASSWORD: &str = "/forgot";
pub const OUTBOX: &str = "/outbox";
pub const LAB: &str = "/lab";

/// The page that requests a login link. With a link token as the next segment, the page that redeems the link.
pub const MAGIC_LINK: &str = "/magic";

/// Followed by the token of a link.
pub const CONFIRM_EMAIL: &str = "/confirm";

/// Followed by the token of a link.
pub const RESET_PASSWORD: &str = "/reset";

/// Followed by the token of a link.
pub const END_SECOND_FACTOR: &str = "/undo";

/// The pages that e-mail links open.
pub const EMAIL_LINKS: [&str; 4] = [MAGIC_LINK, CONFIRM_EMAIL, RESET_PASSWORD, END_SECOND_FACTOR];

/// The server function that refreshes the session.
pub const REFRESH_FUNCTION: &str = "/auth/refresh";

/// The server function that logs out.
pub const LOG_OUT_FUNCTION: &str = "/auth/log_out";

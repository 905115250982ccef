//! Reserved user names: other users would take such an account for a part of the service.

use super::look_alike::skeleton;

/// Compared by skeleton and without separators: `noreply` also reserves `no_reply` and `N0REPLY`.
const NAMES: [&str; 20] = [
    "abuse",
    "admin",
    "administrator",
    "guest",
    "handstamp",
    "help",
    "hostmaster",
    "info",
    "me",
    "moderator",
    "noreply",
    "official",
    "postmaster",
    "root",
    "security",
    "staff",
    "support",
    "sysadmin",
    "system",
    "webmaster",
];

/// The prefixes of names that the server assigns to guests, to accounts created with a link and to deleted accounts.
const PREFIXES: [&str; 3] = ["guest-", "member-", "deleted-"];

/// Returns whether a name is reserved or looks like a reserved name.
pub(super) fn is_reserved(name: &str) -> bool {
    let name = skeleton(name);
    let letters = without_separators(&name);
    NAMES.iter().any(|reserved| without_separators(&skeleton(reserved)) == letters)
        || PREFIXES.iter().any(|prefix| name.starts_with(&skeleton(prefix)))
}

fn without_separators(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_service_are_reserved_in_every_spelling() {
        for name in [
            "admin",
            "Admin",
            "adm.in",
            "_admin_",
            "administrator",
            "ROOT",
            "r00t",
            "support",
            "security",
            "Handstamp",
            "guest",
            "guest-1",
            "Member-abcdef",
            "rnember-1",
            "deleted-x",
            "no-reply",
            "noreply",
            "postmaster",
            "hostmaster",
            "webmaster",
            "abuse",
            "help",
            "info",
            "system",
            "me",
            "moderator",
            "staff",
            "official",
            "ｒｏｏｔ",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in
            ["ada", "administrators", "guestbook", "members", "helper", "Zoë", "rooted", "王伟"]
        {
            assert!(!is_reserved(name), "{name}");
        }
    }
}

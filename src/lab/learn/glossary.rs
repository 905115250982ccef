//! The glossary: the picture's word, the field's term, its meaning, and the document that defines it.

use leptos::prelude::*;

struct Term {
    picture: &'static str,
    field: &'static str,
    meaning: &'static str,
    /// The document and section with its address; `None` if the term is this project's own.
    source: Option<(&'static str, &'static str)>,
}

const NO_PICTURE: &str = "–";

const TERMS: [Term; 17] = [
    Term {
        picture: "ticket",
        field: "access token",
        meaning: "The short-lived text that goes with every call and says who you are.",
        source: Some(("RFC 6749 §1.4", "https://www.rfc-editor.org/rfc/rfc6749#section-1.4")),
    },
    Term {
        picture: "stamp",
        field: "refresh token",
        meaning: "The long-lived secret that gets you the next access token, and does nothing else.",
        source: Some(("RFC 6749 §1.5", "https://www.rfc-editor.org/rfc/rfc6749#section-1.5")),
    },
    Term {
        picture: "re-inking the stamp",
        field: "rotation",
        meaning: "A refresh replaces the refresh token: the old one is spent, and a new one is issued.",
        source: Some(("RFC 9700 §4.14.2", "https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2")),
    },
    Term {
        picture: "how often the stamp was re-inked",
        field: "generation",
        meaning: "The number of rotations since the login. Only the newest generation is good.",
        source: None,
    },
    Term {
        picture: "a spent stamp turns up",
        field: "reuse detection",
        meaning: "A spent refresh token that is used again means that two hold the session, so the server ends it.",
        source: Some(("RFC 9700 §4.14.2", "https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2")),
    },
    Term {
        picture: "the ink is still wet",
        field: "reuse window",
        meaning: "The seconds after a rotation in which the spent token still gets the same new one, because two tabs may refresh at once.",
        source: None,
    },
    Term {
        picture: NO_PICTURE,
        field: "interceptor",
        meaning: "The code between page and network that adds the access token, and after a refusal refreshes and sends the call again.",
        source: None,
    },
    Term {
        picture: "a line on the ticket",
        field: "claim",
        meaning: "One statement in a token, such as who you are or when the token expires.",
        source: Some(("RFC 7519 §2", "https://www.rfc-editor.org/rfc/rfc7519#section-2")),
    },
    Term {
        picture: "the number of the ticket",
        field: "jti",
        meaning: "The claim with the id of the token, by which two tokens can be told apart.",
        source: Some(("RFC 7519 §4.1.7", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.7")),
    },
    Term {
        picture: "the number of your visit",
        field: "sid",
        meaning: "The claim with the id of the session that the token belongs to.",
        source: Some((
            "OpenID Connect Back-Channel Logout §2.1",
            "https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken",
        )),
    },
    Term {
        picture: "the printer's mark",
        field: "signature",
        meaning: "The proof that the server wrote the token and that nothing was changed since. Only the server can make one.",
        source: Some(("RFC 7515 §2", "https://www.rfc-editor.org/rfc/rfc7515#section-2")),
    },
    Term {
        picture: "a stamp that only the box office sees",
        field: "HttpOnly",
        meaning: "An attribute of a cookie: the browser sends it, and no script can read it.",
        source: Some((
            "RFC 6265 §4.1.2.6",
            "https://www.rfc-editor.org/rfc/rfc6265#section-4.1.2.6",
        )),
    },
    Term {
        picture: NO_PICTURE,
        field: "SameSite",
        meaning: "An attribute of a cookie: the browser doesn't send it with requests that another site has caused.",
        source: Some((
            "RFC 6265bis (draft) §4.1.2.7",
            "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.2.7",
        )),
    },
    Term {
        picture: "whose hand holds the ticket doesn't matter",
        field: "bearer token",
        meaning: "A token that works for everyone who holds it, with no further proof. That's why it must not leak.",
        source: Some(("RFC 6750 §1.2", "https://www.rfc-editor.org/rfc/rfc6750#section-1.2")),
    },
    Term {
        picture: "the visit is over",
        field: "revocation",
        meaning: "Ending a session or a token before it expires, for example by logging out.",
        source: Some(("RFC 7009 §2", "https://www.rfc-editor.org/rfc/rfc7009#section-2")),
    },
    Term {
        picture: NO_PICTURE,
        field: "attempt id (idempotency key)",
        meaning: "A random number by which the server recognizes a refresh that is sent again because its answer was lost.",
        source: Some((
            "The Idempotency-Key Header (draft) §2",
            "https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header#section-2",
        )),
    },
    Term {
        picture: "your visit",
        field: "session",
        meaning: "One login in one browser, from logging in to logging out or to a fixed end.",
        source: Some((
            "OpenID Connect Session Management §1.2",
            "https://openid.net/specs/openid-connect-session-1_0.html#Terminology",
        )),
    },
];

/// The table of all terms. In a narrow window each term is a list.
#[component]
pub fn Glossary() -> impl IntoView {
    let rows = TERMS.map(|Term { picture, field, meaning, source }| {
        let source = match source {
            Some((label, url)) => {
                view! { <a href=url rel="external noopener" target="_blank">{label}</a> }.into_any()
            }
            None => view! { <span>"A term of this project"</span> }.into_any(),
        };
        view! {
            <tr>
                <th scope="row">{field}</th>
                <td data-label="In the picture">{picture}</td>
                <td data-label="Meaning">{meaning}</td>
                <td data-label="Defined in">{source}</td>
            </tr>
        }
        .into_any()
    });
    view! {
        <section id="glossary" class="card glossary" aria-labelledby="glossary-title">
            <h2 id="glossary-title" tabindex="-1">"The words"</h2>
            <table class="stacking">
                <caption>"The picture's words and the field's terms"</caption>
                <thead><tr>
                    <th scope="col">"Term"</th>
                    <th scope="col">"In the picture"</th>
                    <th scope="col">"Meaning"</th>
                    <th scope="col">"Defined in"</th>
                </tr></thead>
                <tbody>{Vec::from(rows)}</tbody>
            </table>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn links_lead_to_the_section_that_they_name() {
        let fields: BTreeSet<_> = TERMS.iter().map(|term| term.field).collect();
        assert_eq!(fields.len(), TERMS.len());
        for (label, url) in TERMS.iter().filter_map(|term| term.source) {
            let (document, section) = label.split_once(" §").unwrap();
            let number = document.strip_prefix("RFC ").filter(|rest| !rest.contains("bis"));
            if let Some(number) = number {
                let expected =
                    format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}");
                assert_eq!(url, expected);
            } else {
                assert!(
                    url.starts_with("https://datatracker.ietf.org/doc/html/draft-")
                        && url.ends_with(&format!("#section-{section}"))
                        || url.starts_with("https://openid.net/specs/"),
                    "{url}"
                );
            }
        }
    }
}

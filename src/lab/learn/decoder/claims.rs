//! What the members of an access token mean, and what this server does with them.

/// A document and the section that defines something.
pub type Source = (&'static str, &'static str);

/// The explanation of one member, in the picture's words.
pub struct Explanation {
    pub name: &'static str,
    pub meaning: &'static str,
    /// The type and the unit of the value.
    pub unit: &'static str,
    /// What this server does with it.
    pub server: &'static str,
    pub sources: &'static [Source],
}

/// The name under which the signature is explained.
pub const SIGNATURE: &str = "signature";

/// The claims whose values are times.
pub const TIMES: [&str; 3] = ["iat", "exp", "auth_time"];

const SECONDS: &str = "A time, in seconds since 1 January 1970 in UTC.";

const EXPLANATIONS: [Explanation; 13] = [
    Explanation {
        name: "typ",
        meaning: "What kind of text this is: at+jwt stands for a ticket (RFC 9068).",
        unit: "A text: a media type without its beginning, application/.",
        server: "Refuses every other type, so that no other text with the server's signature can pass as a ticket.",
        sources: &[
            ("RFC 9068 §2.1", "https://www.rfc-editor.org/rfc/rfc9068#section-2.1"),
            ("RFC 7515 §4.1.9", "https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9"),
        ],
    },
    Explanation {
        name: "alg",
        meaning: "How the ticket is signed: EdDSA, here with the curve Ed25519.",
        unit: "A text: a name from a public list.",
        server: "Accepts EdDSA and nothing else, whatever the header says. A ticket may not choose how it is checked.",
        sources: &[
            ("RFC 7515 §4.1.1", "https://www.rfc-editor.org/rfc/rfc7515#section-4.1.1"),
            ("RFC 8725 §3.1", "https://www.rfc-editor.org/rfc/rfc8725#section-3.1"),
        ],
    },
    Explanation {
        name: "kid",
        meaning: "Which of the server's keys has signed the ticket.",
        unit: "A text: this server computes it from the public key.",
        server: "Picks its own key with this id, and refuses the ticket if it has none.",
        sources: &[("RFC 7515 §4.1.4", "https://www.rfc-editor.org/rfc/rfc7515#section-4.1.4")],
    },
    Explanation {
        name: "iss",
        meaning: "Who issued the ticket.",
        unit: "A URL.",
        server: "Requires its own address.",
        sources: &[("RFC 7519 §4.1.1", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.1")],
    },
    Explanation {
        name: "aud",
        meaning: "Which service the ticket is for.",
        unit: "A URL.",
        server: "Requires its own address, so that a ticket for another service is worth nothing here.",
        sources: &[("RFC 7519 §4.1.3", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3")],
    },
    Explanation {
        name: "client_id",
        meaning: "Which app asked for the ticket.",
        unit: "A text.",
        server: "Decides nothing by it: this server has one app. The standard requires the claim.",
        sources: &[
            ("RFC 9068 §2.2", "https://www.rfc-editor.org/rfc/rfc9068#section-2.2"),
            ("RFC 8693 §4.3", "https://www.rfc-editor.org/rfc/rfc8693#section-4.3"),
        ],
    },
    Explanation {
        name: "sub",
        meaning: "Who you are: the id of your account. (It is short for subject.)",
        unit: "A UUID.",
        server: "Answers with the data of this user. It needs no database to know who sent the request.",
        sources: &[("RFC 7519 §4.1.2", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.2")],
    },
    Explanation {
        name: "sid",
        meaning: "Which of your logins this is: the id of the session.",
        unit: "A UUID.",
        server: "Looks it up in a short list of ended sessions, in memory. That's why logging out works at once, although the ticket hasn't expired.",
        sources: &[(
            "OpenID Connect Back-Channel Logout §2.1",
            "https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken",
        )],
    },
    Explanation {
        name: "jti",
        meaning: "The number of this ticket. No two tickets have the same.",
        unit: "A UUID.",
        server: "Decides nothing by it. It tells one ticket from the next.",
        sources: &[("RFC 7519 §4.1.7", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.7")],
    },
    Explanation {
        name: "iat",
        meaning: "When the ticket was issued.",
        unit: SECONDS,
        server: "Accepts the ticket for one lifetime from then on, even if exp were later.",
        sources: &[("RFC 7519 §4.1.6", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.6")],
    },
    Explanation {
        name: "exp",
        meaning: "When the ticket expires.",
        unit: SECONDS,
        server: "Answers 401 from then on. The page then gets a new ticket and sends the call again.",
        sources: &[("RFC 7519 §4.1.4", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4")],
    },
    Explanation {
        name: "auth_time",
        meaning: "When you logged in, or last entered your password.",
        unit: SECONDS,
        server: "Asks for your password before a sensitive change if this is too long ago.",
        sources: &[
            (
                "OpenID Connect Core §2",
                "https://openid.net/specs/openid-connect-core-1_0.html#IDToken",
            ),
            ("RFC 9068 §2.2.1", "https://www.rfc-editor.org/rfc/rfc9068#section-2.2.1"),
        ],
    },
    Explanation {
        name: SIGNATURE,
        meaning: "Proves that the server wrote header and payload, and that nothing was changed since.",
        unit: "64 bytes, computed from header and payload with the server's private key.",
        server: "Checks it with the public key before it believes any claim. This page hides it: without it, the rest opens nothing.",
        sources: &[
            ("RFC 7515 §5.2", "https://www.rfc-editor.org/rfc/rfc7515#section-5.2"),
            ("RFC 8037 §3.1", "https://www.rfc-editor.org/rfc/rfc8037#section-3.1"),
        ],
    },
];

/// Returns the explanation of a member.
pub fn explanation(name: &str) -> Option<&'static Explanation> {
    EXPLANATIONS.iter().find(|explanation| explanation.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_claim_of_the_server_is_explained() {
        let members = "typ alg kid iss aud client_id sub sid jti iat exp auth_time signature";
        for name in members.split(' ') {
            let explanation = explanation(name).unwrap();
            assert!(!explanation.sources.is_empty(), "{name}");
            for (label, url) in explanation.sources {
                // The link leads to the section that the label names.
                if let Some((document, section)) = label.split_once(" §")
                    && let Some(number) = document.strip_prefix("RFC ")
                {
                    let expected =
                        format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}");
                    assert_eq!(*url, expected);
                }
            }
        }
        let names: BTreeSet<_> = EXPLANATIONS.iter().map(|explanation| explanation.name).collect();
        assert_eq!(names.len(), EXPLANATIONS.len());
        assert!(TIMES.iter().all(|name| names.contains(name)));
    }
}

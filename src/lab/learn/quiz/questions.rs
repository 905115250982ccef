//! The questions of the quiz, in the picture's words.

/// A question with its options, of which one is right.
pub struct Question {
    pub text: &'static str,
    pub options: [&'static str; 3],
    /// The index of the right option.
    pub right: usize,
    /// Why it is right.
    pub reason: &'static str,
}

/// The quiz.
pub const QUESTIONS: [Question; 6] = [
    Question {
        text: "Why are there two tokens, and not one?",
        options: [
            "Two secrets are harder to guess than one.",
            "The one that goes with every call can then be short-lived, and the long-lived one travels rarely.",
            "One is for reading, and the other is for writing.",
        ],
        right: 1,
        reason: "The ticket goes with every call and is checked without a database, so it is the one that leaks; it is good for minutes. The stamp lives for weeks, so it goes only to the box office, in a cookie that no script can read.",
    },
    Question {
        text: "Your ticket has expired, and the page makes ten calls at once. How many refreshes follow?",
        options: ["None", "One", "Ten"],
        right: 1,
        reason: "All ten are refused. The first one starts a refresh, the others wait for its result, and then all ten are sent again with the new ticket.",
    },
    Question {
        text: "A thief has copied your stamp and uses it. Who notices, and when?",
        options: [
            "The server, as soon as the second of you two refreshes with the spent stamp.",
            "The server, at the thief's first call: it comes from another place.",
            "Only you, when something strange happens in your account.",
        ],
        right: 0,
        reason: "Each stamp is good for one refresh. The first of you two gets the next one; the other is left with a spent stamp, and using it ends the session for both.",
    },
    Question {
        text: "What does HttpOnly protect the stamp against?",
        options: [
            "Malware that reads the files of the browser.",
            "A script in the page that calls the API while the page is open.",
            "A script in the page that reads the cookie and sends it to a thief.",
        ],
        right: 2,
        reason: "No script can read an HttpOnly cookie. But a script in the page can still use the session, and a program on your device can still read the browser's files.",
    },
    Question {
        text: "Why does a ticket live for minutes only?",
        options: [
            "A stolen one is soon worth nothing, and your frequent refreshes give a thief with your stamp away.",
            "A signature gets weaker with time.",
            "The server has to remember every ticket until it expires.",
        ],
        right: 0,
        reason: "The server remembers no tickets. A short life limits what a stolen ticket is good for, and makes your page refresh often, which is when a copied stamp is noticed.",
    },
    Question {
        text: "The server has re-inked your stamp, but its answer gets lost on the way. What happens when the page asks again?",
        options: [
            "You are logged out: the page has used a spent stamp.",
            "You have two good stamps from now on.",
            "The server recognizes the repeated request by its attempt id, and gives out the same new stamp again.",
        ],
        right: 2,
        reason: "The page keeps the attempt id, a random number, until a new stamp arrives. A thief with an older copy of the stamp doesn't have it.",
    },
];

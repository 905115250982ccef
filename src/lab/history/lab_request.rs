//! The requests to the lab's own server functions: the lab plays an attacker, another device, or the network.

use crate::lab::{
    flow::What,
    row::{Cargo, Change, Draft, Lane, Tone},
    timing::{RefreshOutcome, RefreshTokenReport, ServerTiming},
};

/// A server function of the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabRequest {
    ShortenToken,
    PassTime,
    LoseRefresh,
    CopyToken,
    RefreshWithCopy,
    EndSession,
}

impl LabRequest {
    pub(super) fn of_path(path: &str) -> Option<Self> {
        Some(match path.strip_prefix("/auth/lab/")? {
            "pass_time" => Self::PassTime,
            "lose_refresh" => Self::LoseRefresh,
            "steal" => Self::CopyToken,
            "strike" => Self::RefreshWithCopy,
            "end_session" => Self::EndSession,
            _ => Self::ShortenToken,
        })
    }

    /// Returns the client that the lab plays.
    pub(super) fn client(self) -> Lane {
        match self {
            Self::CopyToken | Self::RefreshWithCopy => Lane::Thief,
            Self::EndSession => Lane::Device,
            Self::ShortenToken | Self::PassTime | Self::LoseRefresh => Lane::Browser,
        }
    }

    /// Returns what the request is for, if its line does not say so.
    pub(super) fn purpose(self) -> Option<&'static str> {
        match self {
            Self::ShortenToken => Some("Lab: shorten the life of the ticket"),
            Self::PassTime => Some("Lab: let time pass for this session"),
            Self::EndSession => Some("Log out the other session"),
            Self::LoseRefresh | Self::CopyToken | Self::RefreshWithCopy => None,
        }
    }

    /// Returns what the lab does here in place of something real.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::ShortenToken => Some(
                "gets a ticket for the same session that expires earlier; not part of the flow",
            ),
            Self::PassTime => {
                Some("moves the times of this session into the past; not part of the flow")
            }
            Self::LoseRefresh => Some("refreshes as /auth/refresh does, and discards the response"),
            Self::CopyToken => None,
            Self::RefreshWithCopy => {
                Some("the lab's server plays the thief, and refreshes with the copy")
            }
            Self::EndSession => Some("the lab's server plays the other device"),
        }
    }

    pub(super) fn response_row(self, status: u16, timing: &ServerTiming) -> Draft {
        let is_refused = status >= 400;
        let tone = if is_refused { Tone::Bad } else { Tone::Lab };
        let report = timing.refresh_token.as_ref();
        match (self, report) {
            (Self::LoseRefresh, Some(_)) if status == 504 => {
                let text = "200: a new ticket and a new stamp, lost on the way".to_owned();
                Draft::new((Lane::Server, Lane::Browser), What::Other, Tone::Bad, text)
                    .carrying(Cargo::Both)
                    .lost()
            }
            (Self::CopyToken, Some(RefreshTokenReport { generation, .. })) if !is_refused => {
                let text = format!("Copies stamp #{generation}");
                Draft::new((Lane::Browser, Lane::Thief), What::Other, Tone::Bad, text)
                    .carrying(Cargo::Stamp)
                    .changing([Change::Thief(Some(generation.clone()))])
            }
            (Self::RefreshWithCopy, Some(RefreshTokenReport { generation, outcome })) => {
                let lanes = (Lane::Server, Lane::Thief);
                if let RefreshOutcome::Refused(code) = outcome {
                    let text = format!("401: {code}");
                    return Draft::new(lanes, What::Other, Tone::Good, text)
                        .carrying(Cargo::Refusal)
                        .changing([Change::Thief(None)]);
                }
                let text = format!("200: a ticket, and stamp #{generation}");
                Draft::new(lanes, What::Other, Tone::Bad, text)
                    .carrying(Cargo::Both)
                    .changing([Change::Thief(Some(generation.clone()))])
            }
            (Self::EndSession, _) if !is_refused => {
                let text = format!("{status}: the session is ended");
                Draft::new((Lane::Server, Lane::Device), What::Other, Tone::Lab, text)
                    .changing([Change::Ended])
            }
            _ => {
                let client = if self == Self::CopyToken { Lane::Browser } else { self.client() };
                let text = format!("{status}{}", if is_refused { "" } else { ": done" });
                let cargo = if is_refused { Cargo::Refusal } else { Cargo::Nothing };
                Draft::new((Lane::Server, client), What::Other, tone, text).carrying(cargo)
            }
        }
    }
}

//! The actions of the exhaustive model.

use crate::{
    state::{ATTACKER_ATTEMPT, Attacker, Message, State},
    steps::Request,
};
use stateright::{Model, Property};

/// The bounds of the model.
#[derive(Debug, Clone)]
pub(crate) struct AttackModel {
    /// The maximum number of messages of the browser in transit.
    pub(crate) messages: usize,
    /// The age, in ticks, at which a message is too old.
    pub(crate) max_age: u8,
    pub(crate) attacker: bool,
    pub(crate) restores: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Refresh,
    /// A message arrives, or a request that is being processed takes its next step.
    Advance(usize),
    Lose(usize),
    Tick,
    Copy,
    AttackerRefresh {
        back: u8,
        attempt: Option<u8>,
    },
    AdvanceAttacker,
    Backup,
    Restore,
}

impl Model for AttackModel {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::logged_in()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.violated.is_some() {
            return;
        }
        // While a request is processed, only server steps are possible: they do not access the state of the browser, so
        // the order does not matter. A request is processed within a tick.
        let processing = state.is_processing();
        for (number, message) in state.messages.iter().enumerate() {
            let is_server = !matches!(message, Message::Responded { .. });
            let can_advance = if processing { is_server } else { !state.row.revoked };
            if can_advance {
                actions.push(Action::Advance(number));
            }
        }
        self.attacker_actions(state, actions);
        if processing || state.row.revoked {
            return;
        }
        actions.extend((0..state.messages.len()).map(Action::Lose));
        if state.messages.len() < self.messages {
            actions.push(Action::Refresh);
        }
        if state.messages.iter().all(|message| message.age() < self.max_age) {
            actions.push(Action::Tick);
        }
        if self.restores {
            actions.push(Action::Backup);
            if state.messages.is_empty() && state.backup.is_some() {
                actions.push(Action::Restore);
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = State { last: None, ..state.clone() };
        match action {
            Action::Refresh => next.refresh(),
            Action::Advance(number) => next.advance_message(number),
            Action::Lose(number) => drop(next.messages.remove(number)),
            Action::Tick => next.tick(),
            Action::Copy => {
                let newest = next.jar.token;
                next.attacker = Some(Attacker { newest, known: 1, acted: false, processing: None });
            }
            Action::AttackerRefresh { back, attempt } => {
                let attacker = next.attacker.as_mut()?;
                attacker.acted = true;
                let token = attacker.newest.saturating_sub(back);
                attacker.processing = Some((Request { token, attempt }, Vec::new()));
                next.advance_attacker();
            }
            Action::AdvanceAttacker => next.advance_attacker(),
            Action::Backup => next.backup = Some(next.row),
            Action::Restore => next.row = next.backup?,
        }
        next.normalize();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::exhaustive::properties(self)
    }
}

impl AttackModel {
    fn attacker_actions(&self, state: &State, actions: &mut Vec<Action>) {
        match &state.attacker {
            None if self.attacker && state.jar.attempt.is_none() && !state.is_processing() => {
                actions.push(Action::Copy);
            }
            Some(Attacker { processing: Some(_), .. }) => actions.push(Action::AdvanceAttacker),
            Some(attacker) if !state.row.revoked => {
                for back in 0..attacker.known {
                    actions.extend(
                        [None, Some(ATTACKER_ATTEMPT)]
                            .map(|attempt| Action::AttackerRefresh { back, attempt }),
                    );
                }
            }
            _ => {}
        }
    }
}

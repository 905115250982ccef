//! What can happen in each state of the exhaustive model.

use crate::{
    state::{Message, State, THIEF, Thief},
    steps::Request,
};
use stateright::{Model, Property};

/// What is in the model.
#[derive(Debug, Clone)]
pub(crate) struct AttackModel {
    /// How many messages of the browser are under way at the most.
    pub(crate) messages: usize,
    /// After how many ticks a message is too old.
    pub(crate) patience: u8,
    pub(crate) thief: bool,
    pub(crate) restores: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Refresh,
    /// A message arrives; a request that is being served takes its next step.
    GoOn(usize),
    Lose(usize),
    Tick,
    Copy,
    Steal {
        back: u8,
        attempt: Option<u8>,
    },
    StealOn,
    Backup,
    Restore,
}

impl Model for AttackModel {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::signed_in()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.broken.is_some() {
            return;
        }
        // A server step reads and writes nothing of the browser's, so the browser may as well come
        // before or after. And a request is served within a tick.
        let serving = state.is_serving();
        for (number, message) in state.wire.iter().enumerate() {
            let is_server = !matches!(message, Message::Answered { .. });
            if if serving { is_server } else { !state.row.revoked } {
                actions.push(Action::GoOn(number));
            }
        }
        self.thiefs_actions(state, actions);
        if serving || state.row.revoked {
            return;
        }
        actions.extend((0..state.wire.len()).map(Action::Lose));
        if state.wire.len() < self.messages {
            actions.push(Action::Refresh);
        }
        if state.wire.iter().all(|message| message.age() < self.patience) {
            actions.push(Action::Tick);
        }
        if self.restores {
            actions.push(Action::Backup);
            if state.wire.is_empty() && state.backup.is_some() {
                actions.push(Action::Restore);
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = State { last: None, ..state.clone() };
        match action {
            Action::Refresh => next.refresh(),
            Action::GoOn(number) => next.message_goes_on(number),
            Action::Lose(number) => drop(next.wire.remove(number)),
            Action::Tick => next.tick(),
            Action::Copy => {
                let newest = next.jar.token;
                next.thief = Some(Thief { newest, known: 1, acted: false, served: None });
            }
            Action::Steal { back, attempt } => {
                let thief = next.thief.as_mut()?;
                thief.acted = true;
                let token = thief.newest.saturating_sub(back);
                thief.served = Some((Request { token, attempt }, Vec::new()));
                next.theft_goes_on();
            }
            Action::StealOn => next.theft_goes_on(),
            Action::Backup => next.backup = Some(next.row),
            Action::Restore => next.row = next.backup?,
        }
        next.tidy();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::exhaustive::properties(self)
    }
}

impl AttackModel {
    fn thiefs_actions(&self, state: &State, actions: &mut Vec<Action>) {
        match &state.thief {
            None if self.thief && state.jar.attempt.is_none() && !state.is_serving() => {
                actions.push(Action::Copy);
            }
            Some(Thief { served: Some(_), .. }) => actions.push(Action::StealOn),
            Some(thief) if !state.row.revoked => {
                for back in 0..thief.known {
                    actions
                        .extend([None, Some(THIEF)].map(|attempt| Action::Steal { back, attempt }));
                }
            }
            _ => {}
        }
    }
}

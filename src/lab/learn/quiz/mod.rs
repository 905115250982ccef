//! The quiz: one question at a time, with the reason after each answer.

pub mod questions;

use super::words::Say;
use crate::ui::{
    focus::focus,
    live_text::LiveText,
    show::{Keyed, ShowWhen},
};
use leptos::prelude::*;
use questions::{QUESTIONS, Question};

/// The progress of the quiz.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    /// The index of the question; the number of questions at the end.
    question: usize,
    chosen: Option<usize>,
    is_answered: bool,
    score: usize,
}

impl Progress {
    fn question(self) -> Option<&'static Question> {
        QUESTIONS.get(self.question)
    }

    fn is_right(self) -> bool {
        self.question().is_some_and(|question| self.chosen == Some(question.right))
    }

    /// Chooses an option, until the question is answered.
    fn choose(&mut self, option: usize) {
        if !self.is_answered {
            self.chosen = Some(option);
        }
    }

    /// Submits the chosen option, or goes to the next question. Does nothing if no option is chosen.
    fn go_on(&mut self) {
        if self.is_answered {
            *self = Self { question: self.question + 1, score: self.score, ..Self::default() };
        } else if self.chosen.is_some() {
            self.is_answered = true;
            self.score += usize::from(self.is_right());
        }
    }

    /// Returns the result of the answer; empty before it.
    fn feedback(self) -> &'static str {
        match (self.question(), self.is_answered) {
            (Some(_), true) if self.is_right() => "Right.",
            (Some(_), true) => "Not quite.",
            _ => "",
        }
    }
}

/// The quiz.
#[component]
pub fn Quiz() -> impl IntoView {
    let progress = RwSignal::new(Progress::default());
    let is_open = Signal::derive(move || progress.get().question().is_some());
    let is_over = Signal::derive(move || !is_open.get());
    let key = Signal::derive(move || Some(progress.get().question.to_string()));
    view! {
        <section id="quiz" class="card quiz" aria-labelledby="quiz-title">
            <h2 id="quiz-title" tabindex="-1">"Six questions"</h2>
            <p>"Did it come across? Nothing is stored or sent, and you can try as often as you like."</p>
            <ShowWhen when=is_open>
                <Keyed key>
                    {progress.get_untracked().question().map(|question| view! { <Ask progress question /> })}
                </Keyed>
            </ShowWhen>
            <ShowWhen when=is_over><Score progress /></ShowWhen>
        </section>
    }
}

/// One question.
#[component]
fn Ask(progress: RwSignal<Progress>, question: &'static Question) -> impl IntoView {
    let options = question.options.into_iter().enumerate().map(|(index, text)| {
        let is_chosen = Signal::derive(move || progress.get().chosen == Some(index));
        let is_answered = Signal::derive(move || progress.get().is_answered);
        let is_right = Signal::derive(move || is_answered.get() && index == question.right);
        let is_wrong = Signal::derive(move || is_answered.get() && is_chosen.get() && index != question.right);
        let mark = Signal::derive(move || match (is_right.get(), is_wrong.get()) {
            (true, _) => " ✓ The right answer".to_owned(),
            (_, true) => " ✗ Your answer".to_owned(),
            _ => String::new(),
        });
        view! {
            <label class="choice" class:is-right=is_right class:is-wrong=is_wrong>
                <input
                    type="radio" name="answer" autocomplete="off" prop:checked=is_chosen disabled=is_answered
                    on:change=move |_| progress.update(|progress| progress.choose(index))
                />
                <span><Say text />" "<strong><LiveText text=mark /></strong></span>
            </label>
        }
        .into_any()
    });
    let number = progress.get_untracked().question + 1;
    let count = QUESTIONS.len();
    let feedback = Signal::derive(move || progress.get().feedback().to_owned());
    let has_feedback = Signal::derive(move || progress.get().is_answered);
    let label = Signal::derive(move || {
        match progress.get() {
            Progress { is_answered: false, .. } => "Check the answer",
            Progress { question, .. } if question + 1 == QUESTIONS.len() => "See your score",
            _ => "Next question",
        }
        .to_owned()
    });
    let is_closed = Signal::derive(move || progress.get().chosen.is_none().to_string());
    let reason = Signal::derive(move || match progress.get().chosen {
        None => "Choose an answer first.".to_owned(),
        Some(_) => String::new(),
    });
    let go_on = move |_| {
        let was_answered = progress.get_untracked().is_answered;
        progress.update(Progress::go_on);
        if was_answered {
            // The button belongs to the question, and is replaced with it.
            let is_over = progress.get_untracked().question().is_none();
            focus(if is_over { "quiz-score" } else { "quiz-question" });
        }
    };
    view! {
        <p class="eyebrow" id="quiz-number">{format!("Question {number} of {count}")}</p>
        <h3 id="quiz-question" tabindex="-1"><Say text=question.text /></h3>
        <fieldset class="choices" aria-labelledby="quiz-question">{options.collect::<Vec<_>>()}</fieldset>
        <div role="status">
            <ShowWhen when=has_feedback><p class="outcome"><strong><LiveText text=feedback /></strong>" "<Say text=question.reason /></p></ShowWhen>
        </div>
        <p class="actions">
            <button type="button" class="button button-quiet" aria-disabled=is_closed aria-describedby="quiz-closed" on:click=go_on><LiveText text=label /></button>
        </p>
        <p class="hint" id="quiz-closed"><LiveText text=reason /></p>
    }
}

/// The score, at the end.
#[component]
fn Score(progress: RwSignal<Progress>) -> impl IntoView {
    let Progress { score, .. } = progress.get_untracked();
    let count = QUESTIONS.len();
    let comment = match count - score {
        0 => "All right: you could explain this to a colleague.",
        1 | 2 => "Well done. Have another look at what you missed.",
        _ => {
            "The tour and the experiments show the answers with real requests. Try them, and then answer once more."
        }
    };
    let again = move |_| {
        progress.set(Progress::default());
        focus("quiz-question");
    };
    view! {
        <h3 id="quiz-score" tabindex="-1">{format!("{score} of {count} right")}</h3>
        <p>{comment}</p>
        <p class="actions"><button type="button" class="button button-quiet" on:click=again>"Try again"</button></p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finishes the quiz with the option that `option` returns for the right one.
    fn finished(option: impl Fn(usize) -> usize) -> Progress {
        let mut progress = Progress::default();
        while let Some(question) = progress.question() {
            progress.choose(option(question.right));
            progress.go_on();
            assert!(progress.is_answered && !progress.feedback().is_empty());
            progress.go_on();
        }
        progress
    }

    #[test]
    fn right_answers_count() {
        assert_eq!(finished(|right| right).score, QUESTIONS.len());
        assert_eq!(finished(|right| (right + 1) % 3).score, 0);
    }

    #[test]
    fn an_answer_is_final_and_needs_a_choice() {
        let mut progress = Progress::default();
        progress.go_on();
        assert_eq!(progress, Progress::default());
        let right = QUESTIONS[0].right;
        progress.choose((right + 1) % 3);
        progress.choose((right + 2) % 3);
        progress.go_on();
        progress.choose(right);
        assert!(!progress.is_right() && progress.score == 0);
        assert_eq!(progress.feedback(), "Not quite.");
        progress.go_on();
        assert_eq!(progress, Progress { question: 1, ..Progress::default() });
    }

    #[test]
    fn every_question_has_one_right_option() {
        for Question { text, options, right, .. } in &QUESTIONS {
            assert!(*right < options.len(), "{text}");
        }
        // Not always at the same place.
        for place in 0..3 {
            assert!(QUESTIONS.iter().any(|question| question.right == place));
        }
    }
}

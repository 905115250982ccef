//! Explanations beside the stage.

pub mod words;

//! The rules of the browser half, each against a scripted wire and a scripted clock.

mod rules;
mod world;

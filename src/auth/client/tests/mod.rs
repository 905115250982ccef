mod bad_input;
mod cross_tab;
mod login;
mod lost_login;
mod reach;
mod rules;
mod transport;
mod world;

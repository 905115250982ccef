mod bad_input;
mod entry;
mod lost_login;
mod reach;
mod rules;
mod tabs;
mod wire;
mod world;

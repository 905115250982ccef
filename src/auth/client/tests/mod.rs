mod bad_input;
mod entry;
mod rules;
mod tabs;
mod wire;
mod world;

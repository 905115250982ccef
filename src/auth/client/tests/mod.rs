mod bad_input;
mod entry;
mod rules;
mod tabs;
mod world;

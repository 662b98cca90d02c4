//! The controller: what it does with a clock, controls and a journal.

mod core;
mod folder;
mod people;
mod task;
mod world;

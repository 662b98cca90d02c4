//! The controller: what it does with a clock, controls and a journal.

mod chaos;
mod core;
mod folder;
mod people;
mod task;
mod watched;
mod world;

//! The controller: what it does with a clock, controls and a journal.

mod chaos;
mod core;
mod folder;
mod kill;
mod people;
mod random;
mod task;
mod watched;
mod world;

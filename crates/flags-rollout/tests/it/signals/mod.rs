//! Health signals against servers on this machine (E5, E6).

mod decoding;
mod reading;
mod running;
mod server;

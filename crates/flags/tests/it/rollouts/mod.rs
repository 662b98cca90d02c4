//! Rollouts: what is measured of their arms, what drives them, and what people do to them. // E1-E8

mod arms;
mod brought;
mod driving;
mod files;
mod migrations;
mod protected;
mod rig;

//! The OpenFeature Remote Evaluation Protocol, version 0.3.0: one flag, or all of them, for the context in the body.

mod answer;
mod bulk;
mod context;
mod entity_tag;
mod request;
mod single;
mod suggestion;

pub(crate) use self::{bulk::evaluate_all, single::evaluate};

//! The JSON that is printed. These shapes are promised (`docs/guide/command-line.md`), whatever the library's types do.

mod answer;
mod control;
mod explanation;
mod value;

pub(crate) use self::{
    answer::{Answer, revision},
    control::{control, proposal},
    explanation::explanation,
    value::JsonValue,
};

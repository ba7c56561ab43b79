//! What the operations do and answer.

mod actions;
mod answers;
mod control;
mod limits;
mod paths;
mod reads;
mod tasks;

//! Programs of others, installed from the lists of the project for the command that runs them.

mod go;
mod npm;
mod python;

pub use go::program as go_program;
pub use npm::Tools;
pub use python::programs as python_programs;

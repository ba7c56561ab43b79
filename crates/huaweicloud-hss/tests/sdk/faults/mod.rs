//! Servers and networks that fail.

mod connections;
mod failures;
mod hostile;
mod random_faults;
mod retries;
mod tls;

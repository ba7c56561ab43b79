//! The log of the tests.

use std::sync::Once;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Whether everything is to be logged: `cargo xtask leaks` sets the variable and searches the output for secrets.
#[must_use]
pub fn is_enabled() -> bool {
    std::env::var_os("HSS_TESTS_VERBOSE").is_some()
}

/// Logs everything if [`is_enabled`], else nothing. Further calls do nothing.
pub fn init() {
    static ONCE: Once = Once::new();
    if is_enabled() {
        ONCE.call_once(|| {
            tracing_subscriber::fmt()
                .with_ansi(false)
                .with_max_level(LevelFilter::TRACE)
                .with_span_events(FmtSpan::FULL)
                .init();
        });
    }
}

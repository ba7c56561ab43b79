//! The log on standard error, enabled by `-v`.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log: `-v` shows the outcome of each request, `-vv` the connections, `-vvv` everything. The environment
/// cannot raise the level, because a log may show more than its user expects.
pub(crate) fn start(verbose: u8) {
    let (ours, connections) = match verbose {
        0 => return,
        1 => (LevelFilter::INFO, LevelFilter::OFF),
        2 => (LevelFilter::DEBUG, LevelFilter::DEBUG),
        _ => (LevelFilter::TRACE, LevelFilter::TRACE),
    };
    // `huaweicloud_hss` is a prefix of the simulator's name too.
    let targets = Targets::new()
        .with_targets([("hss", ours), ("huaweicloud_hss", ours)])
        .with_targets([("reqwest", connections), ("hyper_util", connections)]);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_span_events(FmtSpan::CLOSE);
    tracing_subscriber::registry().with(targets).with(lines).init();
}

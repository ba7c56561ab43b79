//! The `hss-sim` binary: a simulator that runs until a signal.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use clap_mangen::Man;
use huaweicloud_hss_sim::{
    DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN_NAME, DEFAULT_PASSWORD, DEFAULT_PROJECT_ID, DEFAULT_PROJECT_NAME,
    DEFAULT_SECRET_KEY, DEFAULT_TOKEN, DEFAULT_USER_NAME, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Quota,
    Rescan, Simulator, Tasks,
};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Simulates six operations of Huawei Cloud Host Security Service (HSS) v5 over HTTP or HTTPS.
///
/// Prints its URL in the first line on standard output. Not made or endorsed by Huawei. Where the vendor's documentation
/// says nothing, it guesses; its README lists the guesses.
#[derive(Debug, Parser)]
#[command(name = "hss-sim", version, after_help = after_help())]
struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Serve only HTTPS, with a certificate for 127.0.0.1, ::1 and localhost [default: HTTP]
    #[arg(long)]
    tls: bool,

    /// Write the PEM certificate of the private authority, for clients to trust, to this file; implies --tls
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,

    /// JSON file with the tasks that exist [default: the built-in tasks]
    #[arg(long, value_name = "FILE")]
    tasks: Option<PathBuf>,

    /// Calls per minute that each operation takes: N/min, or off
    #[arg(long, value_name = "QUOTA", default_value_t = Quota::default())]
    quota: Quota,

    /// How long a scan takes, for example 500ms or 1m; the default is a guess
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = scan_time)]
    scan_time: Duration,

    /// Token to accept
    #[arg(long, default_value = DEFAULT_TOKEN)]
    token: String,

    /// Id of the access key to accept
    #[arg(long, value_name = "ID", default_value = DEFAULT_ACCESS_KEY)]
    access_key: String,

    /// Secret of the access key; a dummy, because every user of the machine can read it here
    #[arg(long, value_name = "SECRET", default_value = DEFAULT_SECRET_KEY)]
    secret_key: String,

    /// Project that exists
    #[arg(long, value_name = "ID", default_value = DEFAULT_PROJECT_ID)]
    project_id: String,

    /// Seconds that its clock is ahead of the machine's; negative if behind
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true)]
    clock_offset: i64,

    /// Also answer on /_sim/ to this host, a name or an address, in Host and Origin; repeatable [default: only to
    /// localhost, 127.0.0.0/8 and ::1]
    #[arg(long, value_name = "HOST")]
    control_host: Vec<String>,

    /// Accept tasks that do not exist [default: refuse them]
    #[arg(long)]
    any_task: bool,

    /// What repeating scans does: same-task, new-task or refuse-while-running; the default is a guess
    #[arg(long, value_name = "EFFECT", default_value_t = Rescan::default())]
    rescan: Rescan,

    /// This many answers show a task as it was before its scans were repeated; the default is a guess
    #[arg(long, value_name = "N", default_value_t = 0)]
    stale_polls: u32,

    /// Give the rows of lists in another order in each answer [default: a stable order; both are guesses]
    #[arg(long)]
    unstable_order: bool,

    /// Print a shell completion script, and start nothing
    #[arg(long, value_name = "SHELL", exclusive = true)]
    completions: Option<Shell>,

    /// Print the manual page, and start nothing
    #[arg(long, exclusive = true)]
    man: bool,
}

fn after_help() -> String {
    format!(
        "Built-in tasks:\n  \
         {DEMO_VUL_SCAN_TASK_ID}  vulnerability scan of host-a to host-d and one more\n  \
         {DEMO_CLUSTER_SCAN_TASK_ID}  cluster scan of cluster-1 to cluster-3\n\n\
         User for POST /v3/auth/tokens:\n  \
         name {DEFAULT_USER_NAME}, password {DEFAULT_PASSWORD}, domain {DEFAULT_DOMAIN_NAME}, \
         project {DEFAULT_PROJECT_NAME}\n\n\
         Other routes of IAM and the metadata service:\n  \
         GET /v3/projects   PUT /meta-data/latest/api/token   GET /openstack/latest/securitykey\n\n\
         Its own routes:\n  \
         GET /_sim/tasks/{{id}}   GET /_sim/requests   POST /_sim/faults   POST /_sim/reset\n\n\
         The log on standard error is filtered by RUST_LOG."
    )
}

fn scan_time(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(parsed).map_err(|_| "a scan cannot take a negative time".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = std::env::var("RUST_LOG")
        .ok()
        .and_then(|text| text.parse::<Targets>().ok());
    let log = tracing_subscriber::fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    tracing_subscriber::registry()
        .with(log)
        .with(filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO)))
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn report(error: &dyn std::error::Error) {
    eprintln!("hss-sim: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  {}", cause.to_string().replace('\n', "\n  "));
        source = cause.source();
    }
}

/// The manual page in roff.
fn manual() -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(Arguments::command())
        .manual("Huawei Cloud HSS")
        .render(&mut page)?;
    // clap_mangen names the section after the help "extra".
    Ok(String::from_utf8_lossy(&page).replace(".SH EXTRA", ".SH NOTES"))
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(shell) = arguments.completions {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Arguments::command(), "hss-sim", &mut script);
        return Ok(io::stdout().write_all(&script)?);
    }
    if arguments.man {
        return Ok(io::stdout().write_all(manual()?.as_bytes())?);
    }
    // Before anything else: a file can keep the start waiting, and the reader of the first line may send the signal at
    // once.
    let mut stop = pin!(stop_signal()?);
    let simulator = tokio::select! {
        started = start(arguments) => started?,
        () = &mut stop => return Ok(()),
    };
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", simulator.endpoint())?;
    stdout.flush()?;
    stop.await;
    tracing::info!("stopping");
    simulator.shutdown().await;
    Ok(())
}

async fn start(arguments: Arguments) -> Result<Simulator, Box<dyn std::error::Error>> {
    let tasks = match arguments.tasks {
        Some(file) => {
            in_thread(move || Tasks::from_file(&file).map_err(|error| format!("{}:\n{error}", file.display())))
                .await??
        }
        None => Tasks::built_in(),
    };
    if !arguments.listen.ip().is_loopback() {
        eprintln!(
            "\n  WARNING: {} is not a loopback address.\n  \
             Other machines that reach it can read the requests, inject faults and use the credentials.\n  \
             The simulator is a tool for tests and has no protection.\n",
            arguments.listen
        );
    }
    let mut builder = Simulator::builder();
    if arguments.tls || arguments.tls_ca.is_some() {
        builder = builder.tls();
    }
    for host in arguments.control_host {
        builder = builder.control_host(host);
    }
    let simulator = builder
        .listen(arguments.listen)
        .tasks(tasks)
        .quota(arguments.quota)
        .scan_time(arguments.scan_time)
        .token(arguments.token)
        .access_key(arguments.access_key, arguments.secret_key)
        .project_id(arguments.project_id)
        .clock_offset(arguments.clock_offset)
        .any_task(arguments.any_task)
        .rescan(arguments.rescan)
        .stale_polls(arguments.stale_polls)
        .unstable_order(arguments.unstable_order)
        .start()
        .await?;
    // Before the first line is printed: its reader may open the file at once.
    if let (Some(file), Some(certificate)) = (arguments.tls_ca, simulator.ca_certificate()) {
        let certificate = certificate.to_owned();
        in_thread(move || {
            std::fs::write(&file, certificate)
                .map_err(|error| format!("the certificate cannot be written to {}: {error}", file.display()))
        })
        .await??;
    }
    Ok(simulator)
}

/// Runs a function that blocks in a thread of its own. The runtime would wait at its end for one of its own threads, and
/// a file that is a pipe may never end.
async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // No one receives the result after the signal to stop.
    std::thread::Builder::new().spawn(move || drop(sender.send(work())))?;
    receiver.await.map_err(io::Error::other)
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the signal itself ends the process.
        let _ = tokio::signal::ctrl_c().await;
    })
}

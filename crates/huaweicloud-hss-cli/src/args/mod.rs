//! The words of the command line. Nothing is looked up here.

pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod man;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use huaweicloud_hss::bulk::Pace;

use crate::args::cluster::ClusterArgument;
use crate::error::CliError;

/// The id of the argument that names a list, whichever command's it is.
const LIST: &str = "list";

/// The longest time that a flag can give; more is a slip of the pen.
const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The most repeats of a call; within a time-out more are of no use.
const MAX_RETRIES: u32 = 100;

/// Start failed scans of Huawei Cloud Host Security Service (HSS) again
#[derive(Debug, Parser)]
#[command(
    name = "hss",
    version,
    arg_required_else_help = true,
    next_line_help = true,
    after_help = "\
Examples:
  hss demo
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --all-failed --simulate
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --all-failed --dry-run \\
    --region cn-north-4 --project-id 0123456789abcdef0123456789abcdef

Credentials:
  the first of
    --token-file                       a token of IAM in a file
    HSS_AUTH_TOKEN                     a token of IAM
    HUAWEICLOUD_SDK_AK, _SK            an access key (with _SECURITY_TOKEN a
                                       temporary one)
    HW_ACCESS_KEY, HW_SECRET_KEY       the same (HW_SECURITY_TOKEN)
    HW_USER_NAME, HW_PASSWORD,         an IAM user, who gets a token from IAM
      HW_DOMAIN_NAME
    HUAWEICLOUD_SDK_CREDENTIALS_FILE   a profile file with an access key, else
                                       ~/.huaweicloud/credentials
    the metadata service of an ECS server (HSS_METADATA_ENDPOINT for another
      address of it, as in tests)
  hss auth status shows which it is.

Environment:
  HUAWEICLOUD_SDK_REGION_HSS_<REGION>  a region's endpoint, - written as _
  HTTPS_PROXY, NO_PROXY                the proxy on the way

Exit codes:
  0  done
  1  a fault of hss, or the result could not be written
  2  usage, or a value missing or outside its limits; nothing was sent
  3  no credentials, or refused by authentication or permission
  4  refused by the service
  5  throttled, after the tries allowed
  6  not delivered: the service did not get the request
  7  outcome unknown: look at the task before repeating
  8  a run of many batches ended before its end; the same command resumes it
  130  interrupted

Not made or endorsed by Huawei."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan servers of a vulnerability scan task again
    #[command(after_help = "\
Examples:
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --all-failed
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --host host-a --host host-b
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --hosts-from hosts.txt
  echo '{\"range_type\":\"specific_host\",\"host_ids\":[\"host-a\"]}' |
    hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --body -")]
    Rescan(RescanArguments),

    /// Run a cluster scan task again
    #[command(after_help = "\
Examples:
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --all-failed
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --cluster cluster-1
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --cluster cluster-1=benchmark
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --clusters-from clusters.txt
  echo '{\"task_type\":\"cluster_scan\"}' |
    hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --body -")]
    Retry(RetryArguments),

    /// Show who calls, and where
    Auth {
        #[command(subcommand)]
        command: AuthCommand,
    },

    /// Show both operations against a simulator on this machine
    #[command(after_help = "Example:\n  hss demo")]
    Demo,

    /// Print a shell's completions
    #[command(after_help = "Example:\n  hss completions bash > hss.bash && source hss.bash")]
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Print the manual page
    #[command(after_help = "Example:\n  hss man > ~/.local/share/man/man1/hss.1")]
    Man,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  hss auth status --offline")]
pub(crate) enum AuthCommand {
    /// Show the credentials that are found, and whether IAM knows them
    #[command(after_help = "\
It asks IAM for the project of the region, which starts nothing and shows
whether the credentials, the project and the clock are right. Without a region
it asks no one but the place that the credentials come from.

Examples:
  hss auth status --region cn-north-4
  hss auth status --offline --output json")]
    Status {
        /// Send nothing: no token is fetched and no one is asked
        #[arg(long)]
        offline: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RescanArguments {
    /// Id of the vulnerability scan task, 1 to 256 characters
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: String,

    #[command(flatten)]
    pub(crate) selection: HostSelection,

    #[command(flatten)]
    pub(crate) batches: BatchOptions,
}

/// Which servers: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct HostSelection {
    /// Every server whose scan failed
    #[arg(long)]
    pub(crate) all_failed: bool,

    /// A server; repeat it for more, up to 1,000
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) host: Vec<String>,

    /// Any number of servers, sent in batches of 1,000: a file or, with -,
    /// standard input; one id a line
    #[arg(long = "hosts-from", id = LIST, verbatim_doc_comment, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) from: Option<PathBuf>,

    /// A whole request body as JSON: a file or, with -, standard input
    #[arg(long, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) body: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArguments {
    /// Id of the cluster scan task, 1 to 64 characters
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: String,

    #[command(flatten)]
    pub(crate) selection: ClusterSelection,

    #[command(flatten)]
    pub(crate) batches: BatchOptions,
}

/// Which clusters: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ClusterSelection {
    /// Every cluster whose scan failed
    #[arg(long)]
    pub(crate) all_failed: bool,

    /// A cluster, and after = the scan items to repeat, out of cluster_vul,
    /// risk_assessment and benchmark [default: all that failed]; repeat it
    /// for more clusters, up to 200
    #[arg(long, verbatim_doc_comment, value_name = "ID[=TYPE[,TYPE...]]")]
    pub(crate) cluster: Vec<ClusterArgument>,

    /// Any number of clusters, sent in batches of 200: a file or, with -,
    /// standard input; one a line, written as for --cluster
    #[arg(long = "clusters-from", id = LIST, verbatim_doc_comment, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) from: Option<PathBuf>,

    /// A whole request body as JSON: a file or, with -, standard input
    #[arg(long, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) body: Option<PathBuf>,
}

/// How a list is sent.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for lists")]
pub(crate) struct BatchOptions {
    /// File that lets the same command resume the run [default: a file of
    /// the run's own below $XDG_STATE_HOME/hss or ~/.local/state/hss; it is
    /// named on standard error]
    #[arg(long, verbatim_doc_comment, requires = LIST, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,

    /// Most requests in a minute, such as 5/min, or off [default: 5/min, the
    /// service's quota for one user]
    #[arg(long, verbatim_doc_comment, requires = LIST, value_name = "N/min|off")]
    pub(crate) pace: Option<Pace>,

    /// Send batches again that an earlier run left in doubt; their scans may
    /// start twice
    #[arg(long, verbatim_doc_comment, requires = LIST)]
    pub(crate) resend_unknown: bool,

    /// Where the service refuses a batch, perhaps because the task's scans
    /// still run, send it again after this time, such as 60s
    #[arg(long, verbatim_doc_comment, requires = LIST, value_name = "TIME", value_parser = time)]
    pub(crate) retry_refused_after: Option<Duration>,

    /// Most requests in flight at once, 1 to 100 [default: 1]
    #[arg(long, requires = LIST, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) parallel: Option<u8>,
}

/// What every command understands.
///
/// The environment is read by [`crate::context::settings`] and not by clap, which would take an empty variable for a value and
/// could show its content in the help.
#[derive(Debug, Args)]
#[command(next_help_heading = "GlobalOptions options")]
pub(crate) struct GlobalOptions {
    /// Region of the service, such as cn-north-4 [env: HW_REGION_NAME]
    #[arg(long, global = true, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,

    /// URL of the service, in place of the region's [env: HSS_ENDPOINT]
    #[arg(long, global = true, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) endpoint: Option<String>,

    /// URL of IAM, in place of the region's
    /// [env: HUAWEICLOUD_SDK_IAM_ENDPOINT]
    #[arg(long, global = true, verbatim_doc_comment, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) iam_endpoint: Option<String>,

    /// Project of the servers or clusters [env: HUAWEICLOUD_SDK_PROJECT_ID]
    /// [default: the one that the credentials name, or that IAM lists by the
    /// region]
    #[arg(long, global = true, verbatim_doc_comment, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project_id: Option<String>,

    /// Enterprise project, or all_granted_eps for all
    /// [env: HW_ENTERPRISE_PROJECT_ID]
    #[arg(long, global = true, verbatim_doc_comment, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) enterprise_project_id: Option<String>,

    /// File that holds a token of IAM, before HSS_AUTH_TOKEN
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// Certificates in PEM to trust besides the machine's own, for the
    /// service and for IAM
    #[arg(long, global = true, verbatim_doc_comment, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,

    /// Form of the result on standard output
    #[arg(long, global = true, value_name = "text|json", value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub(crate) output: Format,

    /// Print the request with secrets masked; send nothing
    #[arg(long, global = true, conflicts_with = "simulate")]
    pub(crate) dry_run: bool,

    /// Call a simulator started for this command; region, endpoint, project
    /// and token are its own
    #[arg(long, global = true, verbatim_doc_comment)]
    pub(crate) simulate: bool,

    /// How long the call may take, such as 500ms, 30s or 2m
    #[arg(long, global = true, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) timeout: Duration,

    /// How often a call is sent again at most, within the time-out, where the
    /// service surely did not act on it [env: HW_MAX_RETRIES] [default: 2]
    #[arg(long, global = true, verbatim_doc_comment, value_name = "COUNT", value_parser = max_retries)]
    pub(crate) max_retries: Option<u32>,

    /// Say more on standard error; repeat it for still more
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Say nothing on standard error but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

impl GlobalOptions {
    /// `--dry-run` and `--simulate` change where a call goes. A command without one must not look as if it obeyed.
    pub(crate) fn refuse_for_calls_alone(&self, command: &str) -> Result<(), CliError> {
        let flag = match (self.dry_run, self.simulate) {
            (true, _) => "--dry-run",
            (_, true) => "--simulate",
            (false, false) => return Ok(()),
        };
        Err(CliError::invalid(format!(
            "{flag} is for rescan and retry; {command} calls no service"
        )))
    }
}

/// How often a call may be sent again.
pub(crate) fn max_retries(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| *count <= MAX_RETRIES);
    count.ok_or_else(|| format!("a whole number from 0 to {MAX_RETRIES} is needed"))
}

fn time(text: &str) -> Result<Duration, String> {
    let unusable = || "a time from 1ms to 24h is needed, such as 500ms, 30s or 2m".to_owned();
    let time: jiff::SignedDuration = text.parse().map_err(|_| unusable())?;
    let time = Duration::try_from(time).map_err(|_| unusable())?;
    let range = Duration::from_millis(1)..=MAX_TIME;
    range.contains(&time).then_some(time).ok_or_else(unusable)
}

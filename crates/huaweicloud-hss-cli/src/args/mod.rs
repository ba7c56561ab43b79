//! The command line: commands, options and help. Nothing is resolved here.

pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod misplaced;
pub(crate) mod options;
pub(crate) mod reads;
pub(crate) mod short_help;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::args::cluster::ClusterArgument;
use crate::args::options::{
    ConnectionOptions, GlobalOptions, ListOptions, OutputFormat, RequestOptions, TimeoutOption,
};
use crate::args::reads::{ItemsArguments, TasksArguments, WaitArguments, WaitOptions};

/// Rerun failed scans in Huawei Cloud Host Security Service (HSS)
#[derive(Debug, Parser)]
#[command(
    name = "hss",
    version,
    arg_required_else_help = false,
    next_line_help = true,
    after_help = "\
Examples:
  hss demo
  hss tasks --since 7d
  hss hosts 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --status failed
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --all-failed --simulate
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --all-failed --dry-run \\
    --region cn-north-4 --project-id 0123456789abcdef0123456789abcdef

Credentials, in order of precedence:
  --profile                          a section of the profile file, and no
                                     other source
  --token-file                       an IAM token in a file
  HSS_AUTH_TOKEN                     an IAM token
  HUAWEICLOUD_SDK_AK, _SK            an access key; a temporary one with
                                     _SECURITY_TOKEN
  HW_ACCESS_KEY, HW_SECRET_KEY       an access key; a temporary one with
                                     HW_SECURITY_TOKEN
  HW_USER_NAME, HW_PASSWORD,         an IAM user, for whom IAM issues a token
    HW_DOMAIN_NAME
  HUAWEICLOUD_SDK_CREDENTIALS_FILE   a profile file with an access key
                                     [default: ~/.huaweicloud/credentials];
                                     HSS_PROFILE names its section
  ECS metadata service               the temporary key of the server's agency;
                                     HSS_METADATA_ENDPOINT sets the address
  hss auth status shows the credentials in use.

Environment:
  HUAWEICLOUD_SDK_REGION_HSS_<REGION>  endpoint of one region; write - as _
  HTTPS_PROXY, ALL_PROXY, NO_PROXY     proxy settings

Exit codes:
  0  success
  1  internal error, or the result could not be written
  2  usage error, or a missing or invalid value; nothing was sent
  3  no credentials, or authentication or permission was refused
  4  the service refused the request
  5  throttled, after all allowed retries
  6  not delivered, the service did not receive the request; or a read
     without a whole answer
  7  outcome unknown; check the task before repeating
  8  a list was not sent to its end; the journal knows what is left
  9  after waiting: the task finished, and something still fails
  10  after waiting: the end was not confirmed
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
    /// List the tasks, newest first
    #[command(after_help = "\
Examples:
  hss tasks
  hss tasks --clusters --status running
  hss tasks --servers --since 7d --output json")]
    Tasks(TasksArguments),

    /// List the servers of a vulnerability scan task, with the reasons of
    /// failed scans
    #[command(
        verbatim_doc_comment,
        after_help = "\
Examples:
  hss hosts 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000
  hss hosts 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --status failed --output ids |
    hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --hosts-from - --again \\
      --allow-empty --wait"
    )]
    Hosts(ItemsArguments),

    /// List the clusters of a cluster scan task, scan item by scan item
    #[command(after_help = "\
Examples:
  hss clusters 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001
  hss clusters 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --status failed \\
    --output ids |
    hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --clusters-from - --again \\
      --allow-empty --wait")]
    Clusters(ItemsArguments),

    /// Wait until a task has ended, and show what failed
    #[command(
        override_usage = "hss wait (--servers | --clusters) <TASK_ID> [OPTIONS]",
        after_help = "\
An end counts only after the task was seen to run or to change: the first
answers after a request may still show the end before. So a task that has
ended is waited for until it runs again, for two hours where no
--wait-timeout is given; hss hosts and hss clusters show at once what failed.

Example:
  hss wait --servers 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --wait-timeout 30m"
    )]
    Wait(WaitArguments),

    /// Rescan servers of a vulnerability scan task
    #[command(
        override_usage = "\
hss rescan <TASK_ID> (--all-failed | --host <ID>... |
         --hosts-from <FILE|-> | --body <FILE|->) [OPTIONS]",
        after_help = "\
Examples:
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --all-failed
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --all-failed --wait
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --host host-a --host host-b
  hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --hosts-from hosts.txt
  echo '{\"range_type\":\"specific_host\",\"host_ids\":[\"host-a\"]}' |
    hss rescan 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --body -"
    )]
    Rescan(RescanArguments),

    /// Rerun a cluster scan task
    #[command(
        override_usage = "\
hss retry <TASK_ID> (--all-failed | --cluster <ID[=TYPE[,TYPE...]]>... |
         --clusters-from <FILE|-> | --body <FILE|->) [OPTIONS]",
        after_help = "\
Examples:
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --all-failed
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --cluster cluster-1
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --cluster cluster-1=benchmark
  hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --clusters-from clusters.txt
  echo '{\"task_type\":\"cluster_scan\"}' |
    hss retry 7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001 --body -"
    )]
    Retry(RetryArguments),

    /// Show where the tasks stand to which lists were sent
    #[command(
        arg_required_else_help = false,
        after_help = "Example:\n  hss journal show 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000"
    )]
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },

    /// Show the credentials and endpoint in use
    #[command(arg_required_else_help = false, after_help = "Example:\n  hss auth status --offline")]
    Auth {
        #[command(subcommand)]
        command: AuthCommand,
    },

    /// Find, repeat, wait and report against a simulator on this machine
    #[command(after_help = "Example:\n  hss demo")]
    Demo,

    /// Print a shell completion script
    #[command(after_help = "Example:\n  hss completions bash > hss.bash && source hss.bash")]
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Print the manual page
    #[command(after_help = "Example:\n  hss man > ~/.local/share/man/man1/hss.1")]
    Man,

    /// Print the version
    #[command(after_help = "Example:\n  hss version")]
    Version,
}

impl Command {
    /// Whether the result has this format.
    pub(crate) fn has_format(&self, format: OutputFormat) -> bool {
        match format {
            OutputFormat::Text | OutputFormat::Json => true,
            OutputFormat::Jsonl | OutputFormat::Ids => {
                matches!(self, Self::Tasks(_) | Self::Hosts(_) | Self::Clusters(_))
            }
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// List the journals, the last changed first
    #[command(after_help = "Example:\n  hss journal list")]
    List,

    /// Show what is unknown and what was refused in the last run of a task, or
    /// of every task
    #[command(after_help = "Example:\n  hss journal show 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000 --output json")]
    Show(JournalArguments),

    /// Remove the journal of a task; a later run starts everything again
    #[command(after_help = "Example:\n  hss journal rm 2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000")]
    Rm(JournalArguments),
}

#[derive(Debug, Args)]
pub(crate) struct JournalArguments {
    /// Id of the task
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: Option<String>,

    /// Journal file, in place of those in the default folder
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Show the credentials in use and check them with IAM
    #[command(after_help = "\
The command asks IAM for the project of the region. This starts nothing, and
shows whether the credentials, the project and the clock are right. Without a
region, IAM is not asked.

Examples:
  hss auth status --region cn-north-4
  hss auth status --offline --output json")]
    Status(StatusArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RescanArguments {
    /// Id of the vulnerability scan task, 1 to 256 characters
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: String,

    #[command(flatten)]
    pub(crate) hosts: HostSelection,
    #[command(flatten)]
    pub(crate) list: ListOptions,
    #[command(flatten)]
    pub(crate) wait: WaitOptions,
    #[command(flatten)]
    pub(crate) options: RequestOptions,
}

/// The servers to rescan: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct HostSelection {
    /// All servers whose scan failed
    #[arg(long)]
    pub(crate) all_failed: bool,

    /// Id of a server; repeat the option for up to 1,000 servers
    #[arg(long, value_name = "ID")]
    pub(crate) host: Vec<String>,

    /// File with any number of server ids, or - for standard input: one per
    /// line, a table with a header (CSV), or a JSON array; they are sent in
    /// batches of 1,000
    #[arg(long = "hosts-from", verbatim_doc_comment, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) list: Option<PathBuf>,

    /// File with the whole request body as JSON, or - for standard input
    #[arg(long, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) body: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArguments {
    /// Id of the cluster scan task, 1 to 64 characters
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: String,

    #[command(flatten)]
    pub(crate) clusters: ClusterSelection,
    #[command(flatten)]
    pub(crate) list: ListOptions,
    #[command(flatten)]
    pub(crate) wait: WaitOptions,
    #[command(flatten)]
    pub(crate) options: RequestOptions,
}

/// The clusters to scan again: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ClusterSelection {
    /// All clusters whose scan failed
    #[arg(long)]
    pub(crate) all_failed: bool,

    /// Id of a cluster, optionally followed by = and scan items: cluster_vul,
    /// risk_assessment, benchmark [default: all failed items]; repeat the
    /// option for up to 200 clusters
    #[arg(long, verbatim_doc_comment, value_name = "ID[=TYPE[,TYPE...]]")]
    pub(crate) cluster: Vec<ClusterArgument>,

    /// File with any number of clusters, or - for standard input: one per
    /// line as for --cluster, a table with a header (CSV), or a JSON array;
    /// they are sent in batches of 200
    #[arg(long = "clusters-from", verbatim_doc_comment, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) list: Option<PathBuf>,

    /// File with the whole request body as JSON, or - for standard input
    #[arg(long, value_name = "FILE|-", value_parser = clap::value_parser!(PathBuf))]
    pub(crate) body: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Send nothing: request no token and do not contact IAM
    #[arg(long)]
    pub(crate) offline: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,
    #[command(flatten)]
    pub(crate) timeout: TimeoutOption,
}

//! Groups of options. Each command flattens the groups that it uses.
//!
//! Environment variables are read by [`crate::context::settings`]: clap would accept an empty variable as a value and
//! could print a variable's content in the help.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use huaweicloud_hss::auth::sanitize::find_invisible;
use huaweicloud_hss::bulk::Pace;

use crate::error::CliError;

/// The id of the global option that names a profile.
const PROFILE: &str = "profile";

/// A longer time is a typing error.
const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// More retries cannot happen within a time limit.
const MAX_RETRIES: u32 = 100;

/// Options of every command, before or after its name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// Use this section of the profile file alone: its credentials, region,
    /// project and endpoint
    #[arg(long, id = PROFILE, global = true, verbatim_doc_comment, value_name = "NAME",
          value_parser = visible)]
    pub(crate) profile: Option<String>,

    /// Format of the result on standard output; jsonl and ids are for tasks,
    /// hosts and clusters
    #[arg(long, global = true, verbatim_doc_comment, value_name = "text|json|jsonl|ids", value_enum, default_value_t = OutputFormat::Text, hide_possible_values = true)]
    pub(crate) output: OutputFormat,

    /// Log to standard error; repeat for more detail
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Print only errors to standard error
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// What `--output` can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
    /// A list as one JSON object a line.
    Jsonl,
    /// The ids of a list, in the form in which other commands read them.
    Ids,
}

impl OutputFormat {
    /// The format of errors, and of results that are no lists.
    pub(crate) fn plain(self) -> Format {
        match self {
            Self::Text | Self::Ids => Format::Text,
            Self::Json | Self::Jsonl => Format::Json,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Options of every command that sends a request.
#[derive(Debug, Args)]
pub(crate) struct RequestOptions {
    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,
    #[command(flatten)]
    pub(crate) call: CallOptions,
}

/// Where a call goes, and with whose credentials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection options")]
pub(crate) struct ConnectionOptions {
    #[command(flatten)]
    pub(crate) profile: ChosenProfile,

    /// Region, such as cn-north-4 [env: HW_REGION_NAME]
    #[arg(long, value_name = "ID", value_parser = visible)]
    pub(crate) region: Option<String>,

    /// Service URL, instead of the region's [env: HSS_ENDPOINT]
    #[arg(long, value_name = "URL", value_parser = visible)]
    pub(crate) endpoint: Option<String>,

    /// IAM URL, instead of the region's [env: HUAWEICLOUD_SDK_IAM_ENDPOINT]
    #[arg(long, value_name = "URL", value_parser = visible)]
    pub(crate) iam_endpoint: Option<String>,

    /// Project of the servers or clusters [env: HUAWEICLOUD_SDK_PROJECT_ID]
    /// [default: the project of the credentials, or the one that IAM lists
    /// for the region]
    #[arg(long, verbatim_doc_comment, value_name = "ID", value_parser = visible)]
    pub(crate) project_id: Option<String>,

    /// Enterprise project; all_granted_eps selects all
    /// [env: HW_ENTERPRISE_PROJECT_ID]
    #[arg(long, verbatim_doc_comment, value_name = "ID", value_parser = visible)]
    pub(crate) enterprise_project_id: Option<String>,

    /// File with an IAM token; takes precedence over HSS_AUTH_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// Additional certificates to trust (PEM), for the service and for IAM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,
}

/// The value of the global option, which clap hands to each command.
#[derive(Debug)]
pub(crate) struct ChosenProfile(pub(crate) Option<String>);

impl Args for ChosenProfile {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for ChosenProfile {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        // Without the option there is nothing of this name.
        let name = matches.try_get_one::<String>(PROFILE).ok().flatten();
        Ok(Self(name.cloned()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// How a call is made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Call options")]
pub(crate) struct CallOptions {
    #[command(flatten)]
    pub(crate) timeout: TimeoutOption,

    /// Maximum retries, only for requests the service did not act on
    /// [env: HW_MAX_RETRIES] [default: 2]
    #[arg(long, verbatim_doc_comment, value_name = "COUNT", value_parser = max_retries)]
    pub(crate) max_retries: Option<u32>,

    /// Print the request with secrets masked; send nothing
    #[arg(long, conflicts_with = "simulate")]
    pub(crate) dry_run: bool,

    /// Send to a simulator started for this command; region, endpoint,
    /// project and credentials are the simulator's
    #[arg(long, verbatim_doc_comment)]
    pub(crate) simulate: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Call options")]
pub(crate) struct TimeoutOption {
    /// Time limit for the whole call, including retries, such as 500ms, 30s
    /// or 2m
    #[arg(long, verbatim_doc_comment, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) timeout: Duration,
}

/// How a list is sent.
#[derive(Debug, Args)]
#[command(next_help_heading = "List options")]
pub(crate) struct ListOptions {
    /// Column of the ids, if the list is a table with a header [default:
    /// host_id or cluster_id, else id]
    #[arg(long, verbatim_doc_comment, value_name = "NAME", value_parser = visible)]
    pub(crate) column: Option<String>,

    /// Journal file, which says where the task stands [default: a file of
    /// the task under $XDG_STATE_HOME/hss or ~/.local/state/hss]
    #[arg(long, verbatim_doc_comment, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,

    /// Begin anew: send the whole list, also what earlier runs of the task
    /// started, but not what is unknown; their journal is set aside. What
    /// --wait saw fail again needs no --again
    #[arg(long, verbatim_doc_comment, conflicts_with = "skip_started")]
    pub(crate) again: bool,

    /// Leave out what an earlier run of the task started and that has ended
    #[arg(long)]
    pub(crate) skip_started: bool,

    /// Send the rest of the list after a batch was refused
    #[arg(long)]
    pub(crate) keep_going: bool,

    /// Accept a list without an id: send nothing, and end with 0
    #[arg(long)]
    pub(crate) allow_empty: bool,

    /// Maximum requests per minute, such as 5/min, or off [default: 5/min,
    /// the service's quota per user]
    #[arg(long, verbatim_doc_comment, value_name = "N/min|off")]
    pub(crate) pace: Option<Pace>,

    /// Resend what has an unknown outcome; its scans may start twice
    #[arg(long)]
    pub(crate) resend_unknown: bool,

    /// Retry a batch refused because the task may still be scanning, at this
    /// interval, such as 60s
    #[arg(long, verbatim_doc_comment, value_name = "TIME", value_parser = time)]
    pub(crate) retry_refused_after: Option<Duration>,

    /// Maximum concurrent requests, 1 to 100 [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) parallel: Option<u8>,
}

impl ListOptions {
    /// Refuses the first that is given without a list. clap's `requires` lets an option pass where another is given that conflicts
    /// with the one that it requires.
    pub(crate) fn check_unused(&self, list: &str) -> Result<(), CliError> {
        let Self {
            column,
            journal,
            again,
            skip_started,
            keep_going,
            allow_empty,
            pace,
            resend_unknown,
            retry_refused_after,
            parallel,
        } = self;
        let options = [
            ("--column", column.is_some()),
            ("--journal", journal.is_some()),
            ("--again", *again),
            ("--skip-started", *skip_started),
            ("--keep-going", *keep_going),
            ("--allow-empty", *allow_empty),
            ("--pace", pace.is_some()),
            ("--resend-unknown", *resend_unknown),
            ("--retry-refused-after", retry_refused_after.is_some()),
            ("--parallel", parallel.is_some()),
        ];
        match options.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(CliError::invalid(format!("{option}: is for a list, with {list}"))),
            None => Ok(()),
        }
    }
}

/// A value that is not empty and has no character that cannot be seen, from an option or from the environment.
pub(crate) fn visible(text: &str) -> Result<String, String> {
    match find_invisible(text) {
        _ if text.is_empty() => Err("the value is empty".to_owned()),
        Some(found) => Err(format!("the value has {found}; remove it")),
        None => Ok(text.to_owned()),
    }
}

/// Parses a number of retries, from the option or from the environment.
pub(crate) fn max_retries(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| *count <= MAX_RETRIES);
    count.ok_or_else(|| format!("expected a whole number from 0 to {MAX_RETRIES}"))
}

pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let invalid = || "expected a time from 1ms to 24h, such as 500ms, 30s or 2m".to_owned();
    let time: jiff::SignedDuration = text.parse().map_err(|_| invalid())?;
    let time = Duration::try_from(time).map_err(|_| invalid())?;
    let range = Duration::from_millis(1)..=MAX_TIME;
    range.contains(&time).then_some(time).ok_or_else(invalid)
}

//! Reads lists for commands.

use std::time::Duration;

use huaweicloud_hss::bulk::Pace;
use huaweicloud_hss::reads::{All, Listing};
use huaweicloud_hss::{Error, ErrorKind, ListOperation, Outcome, Preview, Request};

use crate::args::options::OutputFormat;
use crate::context::Context;
use crate::error::{CliError, ExitError};
use crate::output;
use crate::output::messages::Messages;
use crate::output::report::Report;
use crate::output::words::duration;
use crate::signal;

/// Pages that the quota allows at once, and then each minute.
const QUOTA: u64 = 5;
const ROWS: u64 = 200;

/// Reads lists with the options of a command.
pub(crate) struct Reader<'a> {
    enterprise_project_id: Option<String>,
    pace: Option<Pace>,
    messages: &'a Messages,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(context: &Context<'a>, pace: Option<Pace>) -> Self {
        Self {
            enterprise_project_id: context.enterprise_project_id.clone(),
            pace: pace.or(context.is_simulated.then(Pace::off)),
            messages: context.messages,
        }
    }

    fn request<O: ListOperation>(&self, request: Request<O>) -> Request<O> {
        match &self.enterprise_project_id {
            Some(id) => request.enterprise_project_id(id),
            None => request,
        }
    }

    /// The request for the first page.
    pub(crate) async fn preview<O: ListOperation>(&self, request: Request<O>) -> Result<Preview, CliError> {
        Ok(self.request(request).page(0, 200).preview().await?)
    }

    pub(crate) fn listing<O: ListOperation>(&self, request: Request<O>) -> Listing<O> {
        let messages = self.messages.clone();
        let listing = self.request(request).listing().on_throttled(move |time| {
            messages.note(&format!(
                "the service throttles reads: the next one goes out in {}",
                duration(time)
            ));
        });
        match self.pace {
            Some(pace) => listing.pace(pace),
            None => listing,
        }
    }

    /// The next page of a list; a signal ends the command.
    pub(crate) async fn page<O: ListOperation>(
        &self,
        listing: &mut Listing<O>,
    ) -> Result<Option<Vec<O::Row>>, CliError> {
        let is_first = listing.distinct() == 0;
        let page = signal::unless_interrupted_read(listing.next_page()).await?;
        self.note_time(listing, is_first);
        Ok(page)
    }

    /// Says how long a list takes, once its first page says how long it is.
    pub(crate) fn note_time<O: ListOperation>(&self, listing: &Listing<O>, is_first: bool) {
        if let (true, None, Some(total)) = (is_first, self.pace, listing.total()) {
            let pages = total.div_ceil(ROWS);
            if let minutes @ 1.. = pages.saturating_sub(1) / QUOTA {
                let time = duration(Duration::from_secs(minutes.saturating_mul(60)));
                self.messages
                    .note(&format!("{total} rows in {pages} pages take about {time} by the quota"));
            }
        }
    }

    /// All rows of a list. `missing` is set where it could not be read whole.
    pub(crate) async fn all<O: ListOperation>(
        &self,
        request: Request<O>,
        missing: &mut Option<Error>,
    ) -> Result<All<O::Row>, CliError> {
        let mut listing = self.listing(request);
        let mut rows = Vec::new();
        while let Some(page) = self.page(&mut listing).await? {
            rows.extend(page);
        }
        if let Err(error) = listing.complete() {
            missing.get_or_insert(error);
        }
        let (unreadable, total) = (listing.unreadable(), listing.total());
        Ok(All::new(rows, unreadable, total))
    }
}

/// The error of a list that could not be read whole, for reasons of its rows.
pub(crate) fn unreadable(number: usize) -> Error {
    let message = format!("parts of rows of the list that could not be read: {number}");
    Error::builder(ErrorKind::Protocol, Outcome::NoEffect, message).build()
}

/// Prints the list, unless it is ids of which some are missing, and then what is missing.
pub(crate) fn report_list(
    text: Result<String, String>,
    missing: Option<Error>,
    format: OutputFormat,
) -> Result<Report, ExitError> {
    let text = text.map_err(|reason| {
        let error = Error::builder(ErrorKind::Protocol, Outcome::NoEffect, reason);
        CliError::from(error.with_hint("--output json shows it").build())
    })?;
    match missing {
        None if text.is_empty() => Ok(Report::Nothing),
        None => Ok(Report::Text(text)),
        Some(error) if format == OutputFormat::Ids => Err(CliError::from(error).into()),
        Some(error) => {
            if !text.is_empty() {
                output::write(&text).map_err(|error| ExitError::Unwritten { error, result: None })?;
            }
            Err(ExitError::Incomplete(error.into()))
        }
    }
}

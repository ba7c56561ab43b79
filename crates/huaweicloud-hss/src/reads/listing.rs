//! All pages of a list.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, sleep_until};

use crate::bulk::rate_limit::{Pace, RateLimiter};
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::operations::{ListOperation, Request};

/// The largest page, so that a list takes the fewest calls of the quota.
const LIMIT: u32 = 200;

/// The last row that a page can begin after.
const MAX_OFFSET: usize = 2_000_000;

/// How often a list is read until every row was seen.
const MAX_PASSES: usize = 3;

/// The longest wait that a listing accepts from `Retry-After`. Where the service asks for more, the listing ends.
const MAX_WAIT: Duration = Duration::from_secs(5 * 60);

/// The maximum number of waits in a row after too many calls.
const MAX_CONSECUTIVE_THROTTLED: usize = 5;

/// Reads all pages of a list, 200 rows each.
///
/// The service promises no order of its rows, so pages can overlap and leave rows out. A row whose id was read before is
/// dropped, and one without an id counts as unreadable. Where fewer rows were read than the service says that there are, the
/// pages are read again, up to three times. At the end, [`complete`](Self::complete) compares the numbers.
///
/// Pages are read at the pace of the quota: five at once, then five a minute. After a 429 the listing waits a minute, or
/// as long as the service asks, up to five minutes and five times in a row.
#[must_use = "nothing is read until a page is asked for"]
pub struct Listing<O: ListOperation> {
    request: Request<O>,
    limiter: RateLimiter,
    ids: HashSet<String>,
    offset: usize,
    passes: usize,
    unreadable: usize,
    total: Option<u64>,
    has_ended: bool,
    on_throttled: Option<Listener>,
}

type Listener = Box<dyn FnMut(Duration) + Send>;

/// All rows of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct All<T> {
    /// The rows, each id once.
    pub rows: Vec<T>,
    /// The number of rows that could not be read, or have no id.
    pub unreadable: usize,
    /// The number of rows that there are, as the service says.
    pub total: Option<u64>,
}

impl<T> All<T> {
    /// A list for a mock of your own, or one that was read page by page.
    pub fn new(rows: Vec<T>, unreadable: usize, total: Option<u64>) -> Self {
        Self {
            rows,
            unreadable,
            total,
        }
    }

    /// Checks that nothing is missing.
    ///
    /// # Errors
    /// Those of [`Listing::complete`].
    pub fn complete(&self) -> Result<(), Error> {
        complete(self.rows.len(), self.unreadable, self.total)
    }
}

impl<O: ListOperation> Request<O> {
    /// Reads all pages of the list. The options of the request hold for each page.
    pub fn listing(self) -> Listing<O> {
        Listing {
            request: self,
            limiter: RateLimiter::new(Pace::quota(O::ID)),
            ids: HashSet::new(),
            offset: 0,
            passes: 1,
            unreadable: 0,
            total: None,
            has_ended: false,
            on_throttled: None,
        }
    }
}

impl<O: ListOperation> Listing<O> {
    /// The maximum number of pages a minute. The default is the service's quota for one user, 5.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.limiter = RateLimiter::new(pace);
        self
    }

    /// Calls this with the time of each wait after a 429, before the wait.
    pub fn on_throttled(mut self, listener: impl FnMut(Duration) + Send + 'static) -> Self {
        self.on_throttled = Some(Box::new(listener));
        self
    }

    /// The rows of the next page that were not read before, which can be none; `None` after the last page.
    ///
    /// # Errors
    /// Those of the call. The same page is asked for again by the next call.
    pub async fn next_page(&mut self) -> Result<Option<Vec<O::Row>>, Error> {
        if self.has_ended {
            return Ok(None);
        }
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX);
        let page = self.send(self.request.clone().page(offset, LIMIT)).await?;
        let found = page.rows.len() + page.unreadable;
        self.offset += found;
        self.unreadable += page.unreadable;
        self.total = page.total.or(self.total);
        let mut rows = page.rows;
        rows.retain(|row| match O::id(row) {
            Some(id) => self.ids.insert(id.to_owned()),
            None => {
                self.unreadable += 1;
                false
            }
        });
        let is_last = match self.total {
            Some(total) => self.offset as u64 >= total,
            // A service that sends the same page for ever is not asked for ever.
            None => rows.is_empty(),
        };
        self.has_ended = is_last || found == 0 || self.offset > MAX_OFFSET;
        let misses_rows = self.unreadable == 0 && self.total.is_some_and(|total| (self.distinct() as u64) < total);
        if self.has_ended && misses_rows && self.passes < MAX_PASSES {
            (self.has_ended, self.offset) = (false, 0);
            self.passes += 1;
        }
        Ok(Some(rows))
    }

    async fn send(&mut self, request: Request<O>) -> Result<O::Output, Error> {
        let mut throttled = 0;
        loop {
            if let Some(at) = self.limiter.next(Instant::now()) {
                sleep_until(at).await;
            }
            self.limiter.sent();
            let result = request.clone().send().await;
            self.limiter.answered(Instant::now());
            match result {
                Err(error) if error.kind() == ErrorKind::Throttled && throttled < MAX_CONSECUTIVE_THROTTLED => {
                    throttled += 1;
                    let wait = error.retry_after().unwrap_or(self.limiter.window());
                    if wait > MAX_WAIT {
                        return Err(error);
                    }
                    if let Some(listener) = &mut self.on_throttled {
                        listener(wait);
                    }
                    tokio::time::sleep(wait).await;
                }
                result => return result,
            }
        }
    }

    /// The number of distinct rows so far.
    pub fn distinct(&self) -> usize {
        self.ids.len()
    }

    /// The number of rows so far that could not be read, or have no id.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The number of rows that there are, as the service says.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Checks that nothing is missing, once all pages were read.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] where rows could not be read, or the number of distinct ones is not the one that the
    /// service gives.
    pub fn complete(&self) -> Result<(), Error> {
        complete(self.distinct(), self.unreadable, self.total)
    }

    /// Reads all pages. Whether anything is missing is said by [`All::complete`].
    ///
    /// # Errors
    /// Those of the calls.
    pub async fn all(mut self) -> Result<All<O::Row>, Error> {
        let mut rows = Vec::new();
        while let Some(page) = self.next_page().await? {
            rows.extend(page);
        }
        Ok(All {
            rows,
            unreadable: self.unreadable,
            total: self.total,
        })
    }

    /// The rows of all pages, one by one. The last item is the error of [`complete`](Self::complete) where something is
    /// missing.
    pub fn stream(self) -> impl Stream<Item = Result<O::Row, Error>> {
        stream::try_unfold(Some(self), |listing| async {
            let Some(mut listing) = listing else { return Ok(None) };
            match listing.next_page().await? {
                Some(rows) => Ok(Some((rows, Some(listing)))),
                None => listing.complete().map(|()| None),
            }
        })
        .map_ok(|rows| stream::iter(rows).map(Ok))
        .try_flatten()
    }
}

fn complete(distinct: usize, unreadable: usize, total: Option<u64>) -> Result<(), Error> {
    let message = match total {
        _ if unreadable > 0 => format!("rows of the list that could not be read: {unreadable}"),
        Some(total) if total == distinct as u64 => return Ok(()),
        Some(total) => format!("the list has {total} rows by the service, and {distinct} distinct ones were read"),
        None => format!("the service does not say how many rows the list has; {distinct} were read"),
    };
    let error = ErrorBuilder::new(ErrorKind::Protocol, Outcome::NoEffect, message);
    Err(error
        .with_hint("the list may have changed while it was read: read it again")
        .build())
}

impl<O: ListOperation> fmt::Debug for Listing<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // There can be a million ids.
        f.debug_struct("Listing")
            .field("request", &self.request)
            .field("distinct", &self.distinct())
            .field("unreadable", &self.unreadable)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

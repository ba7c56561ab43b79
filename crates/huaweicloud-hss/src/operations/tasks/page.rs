//! Pages of a list.

use crate::error::Error;
use crate::generated::tasks::client::types::{PageLimit, PageOffset};
use crate::operations::request::{Call, Operation, Request};
use crate::rows::Rows;

/// A page of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows that could be read.
    pub rows: Vec<T>,
    /// The number of rows that could not be read.
    pub unreadable: usize,
    /// The number of rows of the whole list, as the service says.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    pub(super) fn new(rows: Option<Rows<T>>, total: Option<i32>) -> Self {
        let unreadable = rows.as_ref().map_or(0, Rows::unreadable);
        Self {
            rows: rows.map(Rows::into_vec).unwrap_or_default(),
            unreadable,
            total: total.and_then(|total| u64::try_from(total).ok()),
        }
    }
}

/// Which rows a page holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    pub(super) offset: u32,
    pub(super) limit: Option<u32>,
}

impl Range {
    pub(super) fn checked(self) -> Result<(PageOffset, Option<PageLimit>), Error> {
        let offset = PageOffset::try_from(i64::from(self.offset));
        let limit = self.limit.map(|limit| PageLimit::try_from(i64::from(limit)));
        Ok((
            offset.map_err(|reason| Error::invalid("offset", reason))?,
            limit.transpose().map_err(|reason| Error::invalid("limit", reason))?,
        ))
    }
}

/// An operation that lists. The crate implements it for the operations that it knows.
pub trait ListOperation: Operation + ListCall {}

impl<O: Operation + ListCall> ListOperation for O {}

/// What a list needs besides a call.
pub trait ListCall: Call<Output = Page<Self::Row>> {
    /// A row of the list.
    type Row: Send;

    fn set_range(&mut self, offset: u32, limit: u32);

    /// The id by which a row is known again; the service promises no order of pages.
    fn id(row: &Self::Row) -> Option<&str>;
}

impl<O: ListOperation> Request<O> {
    /// The page that begins after `offset` rows, up to 2,000,000, and has at most `limit` rows, 10 to 200. Left out,
    /// the service gives the first 10.
    ///
    /// [`listing`](Self::listing) reads all pages.
    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        self.operation.set_range(offset, limit);
        self
    }
}

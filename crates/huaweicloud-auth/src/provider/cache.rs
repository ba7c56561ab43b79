//! Credentials that are fetched once for all.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::single_flight::{Shared, Ticket};

/// How long before their end credentials are renewed, where a tenth of their life is not less.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// How long an attempt to renew keeps from the next one, while the old credentials last.
const PAUSE: Duration = Duration::from_secs(30);

type Clock = dyn Fn() -> SystemTime + Send + Sync;

/// Keeps what another provider gives.
///
/// However many callers wait, the other provider is asked once, and all get its answer, an error too. Errors are not
/// kept: the next caller asks again. Credentials with an end are renewed ahead of it, by five minutes or by a tenth of
/// their life, whichever is less; the one caller that renews waits, the others go on with the old ones. Where renewing
/// ahead fails the old ones are given on until they end, and it is tried again every 30 seconds.
///
/// Credentials without an end are kept until they are [invalidated](CredentialsProvider::invalidate). However many
/// callers saw the same ones refused, that renews them once.
pub struct Cached<P> {
    provider: P,
    clock: Arc<Clock>,
    shared: Shared<Held, ProviderError>,
}

#[derive(Debug, Clone)]
struct Held {
    credentials: Credentials,
    renew_at: Option<SystemTime>,
}

impl<P: CredentialsProvider> Cached<P> {
    /// Keeps what this provider gives.
    pub fn new(provider: P) -> Self {
        Self::with_clock(provider, SystemTime::now)
    }

    /// The same by another clock.
    pub fn with_clock(provider: P, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            provider,
            clock: Arc::new(clock),
            shared: Shared::new(),
        }
    }

    async fn look(&self) -> Result<Credentials, ProviderError> {
        let (held, ticket) = self.shared.look();
        let now = (self.clock)();
        let fetched = match held {
            None => self.shared.fetch(ticket, self.fetch()).await,
            Some(held) if held.has_ended(now) => self.shared.fetch(ticket, self.fetch()).await,
            Some(held) if held.is_due(now) => self.renew(held, ticket).await,
            Some(held) => Ok(held),
        };
        fetched.map(|held| held.credentials)
    }

    async fn fetch(&self) -> Result<Held, ProviderError> {
        let credentials = self.provider.provide().await?;
        Ok(Held::new(credentials, (self.clock)()))
    }

    async fn renew(&self, old: Held, ticket: Ticket) -> Result<Held, ProviderError> {
        let work = async {
            let error = match self.fetch().await {
                Ok(held) => return Ok(held),
                Err(error) => error,
            };
            let now = (self.clock)();
            let stamp = old.credentials.stamp();
            let still_held = self
                .shared
                .look()
                .0
                .is_some_and(|held| held.credentials.stamp() == stamp);
            if !still_held || old.has_ended(now) {
                return Err(error);
            }
            Ok(Held {
                renew_at: now.checked_add(PAUSE),
                ..old.clone()
            })
        };
        match self.shared.fetch_if_idle(ticket, work).await {
            Some(result) => result,
            None => Ok(old),
        }
    }
}

impl Held {
    fn new(credentials: Credentials, now: SystemTime) -> Self {
        let renew_at = credentials.expires_at().and_then(|end| {
            let life = end.duration_since(now).unwrap_or_default();
            let due = end.checked_sub(AHEAD.min(life / 10))?;
            // Who hands out nothing that lasts longer is not asked all the time.
            now.checked_add(PAUSE).map(|earliest| due.max(earliest))
        });
        Self { credentials, renew_at }
    }

    fn has_ended(&self, now: SystemTime) -> bool {
        self.credentials.expires_at().is_some_and(|end| now >= end)
    }

    fn is_due(&self, now: SystemTime) -> bool {
        self.renew_at.is_some_and(|due| now >= due)
    }
}

impl<P: CredentialsProvider> CredentialsProvider for Cached<P> {
    fn name(&self) -> &str {
        self.provider.name()
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.look())
    }

    fn invalidate(&self, refused: &Credentials) {
        // Where others are held by now, someone else was refused first and these are the new ones.
        if self.shared.forget(|held| held.credentials.stamp() == refused.stamp()) {
            self.provider.invalidate(refused);
        }
    }
}

impl<P: fmt::Debug> fmt::Debug for Cached<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

//! A cache of credentials.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::single_flight::{Generation, SingleFlight};

/// How long before they expire credentials are renewed, unless a tenth of their life is less.
const RENEW_AHEAD: Duration = Duration::from_secs(5 * 60);

/// The shortest time between two attempts to renew, while the old credentials last.
const RENEW_INTERVAL: Duration = Duration::from_secs(30);

type Clock = dyn Fn() -> SystemTime + Send + Sync;

/// Caches the credentials of another provider.
///
/// Concurrent callers ask the other provider once, and all get its result, an error too. Errors are not cached: the next
/// caller asks again. Credentials that expire are renewed five minutes ahead, or a tenth of their life if that is less; the
/// caller that renews waits, the others use the old ones. If renewal fails, the old ones are used until they expire, and
/// renewal is tried again every 30 seconds.
///
/// Credentials that do not expire are cached until they are [invalidated](CredentialsProvider::invalidate). Callers that
/// report the same refused credentials renew them once.
pub struct Cached<P> {
    provider: P,
    clock: Arc<Clock>,
    entry: SingleFlight<CacheEntry, ProviderError>,
}

#[derive(Debug, Clone)]
struct CacheEntry {
    credentials: Credentials,
    renew_at: Option<SystemTime>,
}

impl<P: CredentialsProvider> Cached<P> {
    /// Caches the credentials of this provider.
    pub fn new(provider: P) -> Self {
        Self::with_clock(provider, SystemTime::now)
    }

    /// The same with another clock.
    pub fn with_clock(provider: P, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            provider,
            clock: Arc::new(clock),
            entry: SingleFlight::new(),
        }
    }

    async fn resolve(&self) -> Result<Credentials, ProviderError> {
        let (entry, generation) = self.entry.get();
        let now = (self.clock)();
        let entry = match entry {
            Some(entry) if entry.is_expired(now) => self.entry.fetch(generation, self.fetch()).await,
            Some(entry) if entry.is_due(now) => self.renew(entry, generation).await,
            Some(entry) => Ok(entry),
            None => self.entry.fetch(generation, self.fetch()).await,
        };
        entry.map(|entry| entry.credentials)
    }

    async fn fetch(&self) -> Result<CacheEntry, ProviderError> {
        let credentials = self.provider.provide().await?;
        Ok(CacheEntry::new(credentials, (self.clock)()))
    }

    async fn renew(&self, old: CacheEntry, generation: Generation) -> Result<CacheEntry, ProviderError> {
        let work = async {
            let error = match self.fetch().await {
                Ok(entry) => return Ok(entry),
                Err(error) => error,
            };
            let now = (self.clock)();
            let is_cached = self.entry.get().0.is_some_and(|entry| entry.is_of(&old.credentials));
            if !is_cached || old.is_expired(now) {
                return Err(error);
            }
            Ok(CacheEntry {
                renew_at: now.checked_add(RENEW_INTERVAL),
                ..old.clone()
            })
        };
        match self.entry.fetch_if_idle(generation, work).await {
            Some(result) => result,
            None => Ok(old),
        }
    }
}

impl CacheEntry {
    fn new(credentials: Credentials, now: SystemTime) -> Self {
        let renew_at = credentials.expires_at().and_then(|end| {
            let life = end.duration_since(now).unwrap_or_default();
            let due = end.checked_sub(RENEW_AHEAD.min(life / 10))?;
            // Avoids continuous renewal if the source issues very short-lived credentials.
            now.checked_add(RENEW_INTERVAL).map(|earliest| due.max(earliest))
        });
        Self { credentials, renew_at }
    }

    fn is_expired(&self, now: SystemTime) -> bool {
        self.credentials.expires_at().is_some_and(|end| now >= end)
    }

    /// Whether it holds these very credentials, and not later ones.
    fn is_of(&self, credentials: &Credentials) -> bool {
        self.credentials.generation() == credentials.generation()
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
        Box::pin(self.resolve())
    }

    fn invalidate(&self, refused: &Credentials) {
        // If other credentials are cached by now, another caller reported the refusal first.
        if self.entry.forget(|entry| entry.is_of(refused)) {
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

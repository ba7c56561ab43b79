//! A cache of credentials.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::credential::credentials::Credentials;
use crate::credential::error::{ProviderError, ProviderErrorKind};
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
/// Credentials that have ended when they come are not used. They are an error of the kind
/// [`Expired`](ProviderErrorKind::Expired), and that one is cached, for 30 seconds: with a wrong clock each further request to
/// the source would bring the same.
///
/// Credentials that do not expire are cached until they are [invalidated](CredentialsProvider::invalidate). Callers that
/// report the same refused credentials renew them once.
pub struct Cached<P> {
    provider: P,
    clock: Arc<Clock>,
    entry: SingleFlight<CacheEntry, ProviderError>,
}

/// What the other provider gave.
#[derive(Debug, Clone)]
enum CacheEntry {
    Usable {
        credentials: Credentials,
        renew_at: Option<SystemTime>,
    },
    /// They had ended when they came.
    Ended { came_at: SystemTime, error: ProviderError },
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
            Some(CacheEntry::Usable { credentials, renew_at }) if renew_at.is_some_and(|due| now >= due) => {
                self.renew(credentials, generation).await
            }
            Some(entry) => Ok(entry),
            None => self.entry.fetch(generation, self.fetch()).await,
        };
        match entry? {
            CacheEntry::Usable { credentials, .. } => Ok(credentials),
            CacheEntry::Ended { error, .. } => Err(error),
        }
    }

    async fn fetch(&self) -> Result<CacheEntry, ProviderError> {
        let credentials = self.provider.provide().await?;
        Ok(CacheEntry::new(credentials, (self.clock)()))
    }

    async fn renew(&self, old: Credentials, generation: Generation) -> Result<CacheEntry, ProviderError> {
        let keep = |renew_at| CacheEntry::Usable {
            credentials: old.clone(),
            renew_at,
        };
        let work = async {
            let fetched = self.fetch().await;
            if let Ok(CacheEntry::Usable { .. }) = fetched {
                return fetched;
            }
            let now = (self.clock)();
            let is_cached = self.entry.get().0.is_some_and(|entry| entry.is_of(&old));
            if !is_cached || keep(None).is_expired(now) {
                return fetched;
            }
            Ok(keep(now.checked_add(RENEW_INTERVAL)))
        };
        match self.entry.fetch_if_idle(generation, work).await {
            Some(result) => result,
            None => Ok(keep(None)),
        }
    }
}

impl CacheEntry {
    fn new(credentials: Credentials, now: SystemTime) -> Self {
        if let Some(end) = credentials.expires_at().filter(|end| now >= *end) {
            let error = ended(&credentials, end, now);
            return Self::Ended { came_at: now, error };
        }
        let renew_at = credentials.expires_at().and_then(|end| {
            let life = end.duration_since(now).unwrap_or_default();
            let due = end.checked_sub(RENEW_AHEAD.min(life / 10))?;
            // Avoids continuous renewal if the source issues very short-lived credentials.
            now.checked_add(RENEW_INTERVAL).map(|earliest| due.max(earliest))
        });
        Self::Usable { credentials, renew_at }
    }

    fn is_expired(&self, now: SystemTime) -> bool {
        match self {
            Self::Usable { credentials, .. } => credentials.expires_at().is_some_and(|end| now >= end),
            // An earlier time than theirs is by a clock that was set right.
            Self::Ended { came_at, .. } => now.duration_since(*came_at).map_or(true, |age| age >= RENEW_INTERVAL),
        }
    }

    /// Whether it holds these very credentials, and not later ones.
    fn is_of(&self, other: &Credentials) -> bool {
        matches!(self, Self::Usable { credentials, .. } if credentials.generation() == other.generation())
    }
}

fn ended(credentials: &Credentials, end: SystemTime, now: SystemTime) -> ProviderError {
    let shown = |time| {
        jiff::Timestamp::try_from(time).map_or_else(|_| "an unknown time".to_owned(), |time| format!("{time:.0}"))
    };
    let message = format!(
        "the {credentials} ended at {}, but it came at {} by this machine's clock, which may be wrong",
        shown(end),
        shown(now)
    );
    ProviderError::new(ProviderErrorKind::Expired, message)
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

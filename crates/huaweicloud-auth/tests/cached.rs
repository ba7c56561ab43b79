//! The cache: concurrent callers, renewal and refusals.
#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use huaweicloud_auth::provider::{Cached, Chain, IamPassword, IamUser, ProjectScope, TokenFile};
use huaweicloud_auth::{
    Credentials, CredentialsProvider, HttpOptions, IamEndpoint, Identity, ProviderError, ProviderErrorKind,
};
use tokio::sync::Semaphore;

use testkit::{Answer, Server, closed_endpoint};

const CALLERS: usize = 100;

fn iam(url: &str) -> IamPassword {
    IamPassword::new(
        IamUser::new("user", "the-password", "domain").unwrap(),
        ProjectScope::Name("cn-north-4".to_owned()),
        IamEndpoint::new(url).unwrap(),
        &HttpOptions::new(),
    )
}

/// A clock that stands still until it is set, in seconds since 1970.
#[derive(Clone)]
struct Clock(Arc<AtomicU64>);

/// 2026-04-03T08:00:00Z
const START: u64 = 1_775_203_200;
/// A day later.
const END: &str = "2026-04-04T08:00:00.000000Z";
/// Two days later.
const LATER_END: &str = "2026-04-05T08:00:00Z";
const DAY: u64 = 24 * 60 * 60;

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    fn set(&self, seconds: u64) {
        self.0.store(START + seconds, Ordering::SeqCst);
    }

    fn read(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = self.clone();
        move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.0.load(Ordering::SeqCst))
    }
}

fn token(credentials: &Credentials) -> String {
    match credentials.identity() {
        Identity::Token(token) => token.header_value().to_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// Calls from many tasks at once; `started` gets a permit for each that has begun.
async fn ask_at_once<P: CredentialsProvider + 'static>(
    cached: &Arc<Cached<P>>,
    started: &Arc<Semaphore>,
    before: impl Fn(&Cached<P>) + Clone + Send + 'static,
) -> Vec<Result<Credentials, ProviderError>> {
    let calls: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (cached, started, before) = (Arc::clone(cached), Arc::clone(started), before.clone());
            tokio::spawn(async move {
                before(&cached);
                let provide = cached.provide();
                started.add_permits(1);
                provide.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await.unwrap());
    }
    results
}

/// An IAM that issues `token-1`, `token-2` and so on, each after all callers of a round have begun. The second and later ones
/// expire a day later, so that a late caller finds a valid one.
async fn numbered(started: &Arc<Semaphore>) -> Server {
    let started = Arc::clone(started);
    Server::respond_async(move |_, number| {
        let started = Arc::clone(&started);
        async move {
            started.acquire_many(CALLERS as u32).await.unwrap().forget();
            Answer::iam_token(&format!("token-{number}"), if number == 1 { END } else { LATER_END })
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_callers_share_one_request() {
    let started = Arc::new(Semaphore::new(0));
    let server = numbered(&started).await;
    let clock = Clock::new();
    let cached = Arc::new(Cached::with_clock(iam(&server.endpoint()), clock.read()));

    let first = ask_at_once(&cached, &started, |_| {}).await;
    assert_eq!(server.requests().len(), 1);
    assert!(first.iter().all(|result| token(result.as_ref().unwrap()) == "token-1"));

    // All expired: one more request for all callers.
    clock.set(DAY);
    let second = ask_at_once(&cached, &started, |_| {}).await;
    assert_eq!(server.requests().len(), 2);
    assert!(second.iter().all(|result| token(result.as_ref().unwrap()) == "token-2"));

    // Every caller reports the second as refused before it asks: one more request.
    let refused = second[0].clone().unwrap();
    let invalidate = move |cached: &Cached<IamPassword>| cached.invalidate(&refused);
    let third = ask_at_once(&cached, &started, invalidate.clone()).await;
    assert_eq!(server.requests().len(), 3);
    assert!(third.iter().all(|result| token(result.as_ref().unwrap()) == "token-3"));

    // A late report of the refused one does not drop the new one.
    invalidate(&cached);
    assert_eq!(token(&cached.provide().await.unwrap()), "token-3");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_callers_share_an_error_which_is_not_cached() {
    let started = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&started);
    let server = Server::respond_async(move |_, number| {
        let gate = Arc::clone(&gate);
        async move {
            if number > 1 {
                return Answer::iam_token("token", END);
            }
            gate.acquire_many(CALLERS as u32 + 1).await.unwrap().forget();
            Answer::new(401).body(r#"{"error":{"code":401,"message":"wrong password"}}"#)
        }
    })
    .await;
    let cached = Arc::new(Cached::with_clock(iam(&server.endpoint()), Clock::new().read()));
    // Polled once, each caller waits.
    let waiting: Vec<_> = (0..CALLERS)
        .map(|_| {
            let cached = Arc::clone(&cached);
            let mut call = Box::pin(async move { cached.provide().await });
            let waker = std::task::Waker::noop();
            assert!(
                call.as_mut()
                    .poll(&mut std::task::Context::from_waker(waker))
                    .is_pending()
            );
            started.add_permits(1);
            call
        })
        .collect();
    started.add_permits(1);
    for call in waiting {
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Refused);
        assert_eq!(error.to_string(), "IAM refused: wrong password (401, HTTP 401)");
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(token(&cached.provide().await.unwrap()), "token");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn next_caller_fetches_when_the_fetching_one_is_dropped() {
    let server = Server::respond(|_, number| Answer::iam_token(&format!("token-{number}"), END)).await;
    let cached = Cached::with_clock(iam(&server.endpoint()), Clock::new().read());
    let mut gives_up = cached.provide();
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    assert!(gives_up.as_mut().poll(&mut context).is_pending());
    let mut next = cached.provide();
    assert!(next.as_mut().poll(&mut context).is_pending());
    drop(gives_up);
    assert!(next.await.is_ok());
}

#[tokio::test]
async fn credentials_are_renewed_before_they_expire() {
    let fails = Arc::new(AtomicBool::new(false));
    let failing = Arc::clone(&fails);
    let clock = Clock::new();
    let server = Server::respond(move |_, number| {
        if failing.load(Ordering::SeqCst) {
            return Answer::new(503);
        }
        Answer::iam_token(&format!("token-{number}"), if number < 5 { END } else { LATER_END })
    })
    .await;
    let cached = Cached::with_clock(iam(&server.endpoint()), clock.read());
    let ask = async |seconds: u64| {
        clock.set(seconds);
        cached.provide().await.map(|credentials| token(&credentials))
    };
    assert_eq!(ask(0).await.unwrap(), "token-1");
    assert_eq!(ask(DAY - 301).await.unwrap(), "token-1");
    assert_eq!(server.requests().len(), 1);
    // Five minutes ahead. Renewal fails while the old one is valid: no caller sees it, and it is tried every 30 seconds.
    fails.store(true, Ordering::SeqCst);
    for (seconds, requests) in [(300, 2), (271, 2), (270, 3), (241, 3)] {
        assert_eq!(ask(DAY - seconds).await.unwrap(), "token-1");
        assert_eq!(server.requests().len(), requests);
    }
    // IAM issues one that expires no later; it is due at a tenth of the four minutes left.
    fails.store(false, Ordering::SeqCst);
    for (seconds, requests) in [(240, 4), (200, 4), (25, 4)] {
        assert_eq!(ask(DAY - seconds).await.unwrap(), "token-4");
        assert_eq!(server.requests().len(), requests);
    }
    // Expired: every call gets the error.
    fails.store(true, Ordering::SeqCst);
    for requests in [5, 6] {
        assert_eq!(ask(DAY).await.unwrap_err().kind(), ProviderErrorKind::Unavailable);
        assert_eq!(server.requests().len(), requests);
    }
    fails.store(false, Ordering::SeqCst);
    assert_eq!(ask(DAY).await.unwrap(), "token-7");
    assert_eq!(ask(2 * DAY - 301).await.unwrap(), "token-7");
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn other_callers_use_the_old_credentials_during_renewal() {
    let (arrived, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (arriving, opening) = (Arc::clone(&arrived), Arc::clone(&gate));
    let server = Server::respond_async(move |_, number| {
        let (arrived, gate) = (Arc::clone(&arriving), Arc::clone(&opening));
        async move {
            if number == 2 {
                arrived.add_permits(1);
                gate.acquire().await.unwrap().forget();
            }
            Answer::iam_token(&format!("token-{number}"), END)
        }
    })
    .await;
    let clock = Clock::new();
    let cached = Arc::new(Cached::with_clock(iam(&server.endpoint()), clock.read()));
    cached.provide().await.unwrap();
    clock.set(DAY - 60);
    let renewing = Arc::clone(&cached);
    let renewing = tokio::spawn(async move { renewing.provide().await });
    arrived.acquire().await.unwrap().forget();
    for _ in 0..CALLERS {
        assert_eq!(token(&cached.provide().await.unwrap()), "token-1");
    }
    gate.add_permits(1);
    assert_eq!(token(&renewing.await.unwrap().unwrap()), "token-2");
    assert_eq!(token(&cached.provide().await.unwrap()), "token-2");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn refused_credentials_are_dropped_even_if_renewal_fails() {
    let (arrived, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (arriving, opening) = (Arc::clone(&arrived), Arc::clone(&gate));
    let server = Server::respond_async(move |_, number| {
        let (arrived, gate) = (Arc::clone(&arriving), Arc::clone(&opening));
        async move {
            if number == 2 {
                arrived.add_permits(1);
                gate.acquire().await.unwrap().forget();
                return Answer::new(503);
            }
            Answer::iam_token(&format!("token-{number}"), END)
        }
    })
    .await;
    let clock = Clock::new();
    let cached = Arc::new(Cached::with_clock(iam(&server.endpoint()), clock.read()));
    let refused = cached.provide().await.unwrap();
    clock.set(DAY - 60);
    let renewing = Arc::clone(&cached);
    let renewing = tokio::spawn(async move { renewing.provide().await });
    arrived.acquire().await.unwrap().forget();
    cached.invalidate(&refused);
    gate.add_permits(1);
    assert!(renewing.await.unwrap().is_err());
    assert_eq!(token(&cached.provide().await.unwrap()), "token-3");
}

#[tokio::test]
async fn credentials_that_ended_before_they_came_are_an_error_after_one_request() {
    let clock = Clock::new();
    let server = Server::respond(|_, number| Answer::iam_token(&format!("token-{number}"), END)).await;
    let cached = Cached::with_clock(iam(&server.endpoint()), clock.read());
    let ask = async |seconds: u64| {
        clock.set(seconds);
        cached.provide().await.map(|credentials| token(&credentials))
    };
    for (seconds, requests) in [(DAY, 1), (DAY, 1), (DAY + 29, 1), (DAY + 30, 2), (DAY + 59, 2)] {
        let error = ask(seconds).await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Expired, "{seconds}");
        assert_eq!(server.requests().len(), requests, "{seconds}");
    }
    let error = ask(DAY + 59).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the token (IAM user user) ended at 2026-04-04T08:00:00Z, but it came at 2026-04-04T08:00:30Z by this machine's \
         clock, which may be wrong"
    );
    // A clock that was set right, also by days: the next call asks at once.
    assert_eq!(ask(0).await.unwrap(), "token-3");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn valid_credentials_are_not_replaced_by_ended_ones() {
    let clock = Clock::new();
    let server = Server::respond(|_, number| {
        Answer::iam_token(
            &format!("token-{number}"),
            if number == 1 { END } else { "2026-04-03T08:00:00Z" },
        )
    })
    .await;
    let cached = Cached::with_clock(iam(&server.endpoint()), clock.read());
    for (seconds, requests) in [(0, 1), (DAY - 60, 2), (DAY - 31, 2), (DAY - 30, 3), (DAY - 1, 3)] {
        clock.set(seconds);
        assert_eq!(token(&cached.provide().await.unwrap()), "token-1", "{seconds}");
        assert_eq!(server.requests().len(), requests, "{seconds}");
    }
    clock.set(DAY);
    for _ in 0..3 {
        assert_eq!(cached.provide().await.unwrap_err().kind(), ProviderErrorKind::Expired);
        assert_eq!(server.requests().len(), 4);
    }
}

#[tokio::test]
async fn short_lived_credentials_are_renewed_at_a_tenth_of_their_life() {
    let clock = Clock::new();
    let server =
        Server::respond(|_, number| Answer::iam_token(&format!("token-{number}"), "2026-04-03T08:20:00Z")).await;
    let cached = Cached::with_clock(iam(&server.endpoint()), clock.read());
    // The second one lives for two minutes, the third for 12 seconds: it is not asked for again before it ends.
    let expected = [(0, 1), (1079, 1), (1080, 2), (1187, 2), (1188, 3), (1199, 3)];
    for (seconds, number) in expected {
        clock.set(seconds);
        assert_eq!(
            token(&cached.provide().await.unwrap()),
            format!("token-{number}"),
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn permanent_credentials_are_renewed_only_when_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one").unwrap();
    let clock = Clock::new();
    // Through a chain and a second cache, as programs put them together.
    let cached = Cached::with_clock(Chain::new().then(Cached::new(TokenFile::new(&path))), clock.read());
    let one = cached.provide().await.unwrap();
    std::fs::write(&path, "two").unwrap();
    clock.set(1000 * DAY);
    assert!(cached.provide().await.unwrap().same_identity(&one));
    cached.invalidate(&one);
    let two = cached.provide().await.unwrap();
    assert_eq!(token(&two), "two");
    cached.invalidate(&one);
    std::fs::write(&path, "three").unwrap();
    assert!(cached.provide().await.unwrap().same_identity(&two));
}

#[tokio::test]
async fn errors_of_the_provider_pass_unchanged() {
    let cached = Cached::new(iam(&closed_endpoint()));
    let error = cached.provide().await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unreachable);
    assert_eq!(cached.name(), "IAM user");
    assert!(format!("{cached:?}").starts_with("Cached { provider: IamPassword {"));
}

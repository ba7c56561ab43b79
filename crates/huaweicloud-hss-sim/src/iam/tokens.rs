//! The tokens that IAM hands out.

use std::collections::VecDeque;
use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::time::Instant;

/// Tokens kept, ended ones included. The oldest go first, and are then as unknown as if they had never been.
const MAX_TOKENS: usize = 1_000;

/// What is known of a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// It is good, for this project.
    Valid { project_id: String },
    /// It was good once.
    Expired,
    /// It was never handed out here.
    Unknown,
}

/// The tokens handed out by one route, each good for a time.
pub(crate) struct Tokens {
    prefix: &'static str,
    issued: VecDeque<Issued>,
}

struct Issued {
    text: String,
    project_id: String,
    /// `None` where that lies beyond what the machine can tell.
    expires_at: Option<Instant>,
}

impl Tokens {
    /// Tokens that begin with a text, so that a human sees where one comes from.
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            issued: VecDeque::new(),
        }
    }

    /// Hands out a new one.
    pub(crate) fn issue(&mut self, project_id: &str, lifetime: Duration, now: Instant) -> String {
        let text = format!("{}{:032x}{:032x}", self.prefix, fastrand::u128(..), fastrand::u128(..));
        self.issued.push_back(Issued {
            text: text.clone(),
            project_id: project_id.to_owned(),
            expires_at: now.checked_add(lifetime),
        });
        if self.issued.len() > MAX_TOKENS {
            self.issued.pop_front();
        }
        text
    }

    /// What is known of a token. All are compared, each in constant time, so that a token cannot be guessed piece by
    /// piece from how long that takes.
    pub(crate) fn state(&self, token: &[u8], now: Instant) -> TokenState {
        let mut state = TokenState::Unknown;
        for issued in &self.issued {
            if bool::from(issued.text.as_bytes().ct_eq(token)) {
                state = if issued.expires_at.is_none_or(|expires_at| now < expires_at) {
                    TokenState::Valid {
                        project_id: issued.project_id.clone(),
                    }
                } else {
                    TokenState::Expired
                };
            }
        }
        state
    }

    /// Ends all that were handed out.
    pub(crate) fn expire_all(&mut self, now: Instant) {
        for issued in &mut self.issued {
            issued.expires_at = Some(issued.expires_at.map_or(now, |expires_at| expires_at.min(now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_it_ends() {
        let mut tokens = Tokens::new("t-");
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let token = tokens.issue("p", Duration::from_secs(10), start);
        assert!(token.starts_with("t-") && token.len() == 2 + 64, "{token}");
        let good = TokenState::Valid {
            project_id: "p".to_owned(),
        };
        assert_eq!(tokens.state(token.as_bytes(), at(9)), good);
        assert_eq!(tokens.state(token.as_bytes(), at(10)), TokenState::Expired);
        assert_eq!(
            tokens.state(&token.as_bytes()[..60], at(0)),
            TokenState::Unknown,
            "a part of it"
        );
        let endless = tokens.issue("p", Duration::MAX, start);
        assert_ne!(token, endless);
        assert_eq!(tokens.state(endless.as_bytes(), at(1_000_000)), good);
        tokens.expire_all(at(20));
        assert_eq!(tokens.state(endless.as_bytes(), at(20)), TokenState::Expired);
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut tokens = Tokens::new("");
        let now = Instant::now();
        let first = tokens.issue("p", Duration::from_secs(1), now);
        for _ in 0..MAX_TOKENS {
            tokens.issue("p", Duration::from_secs(1), now);
        }
        assert_eq!(tokens.state(first.as_bytes(), now), TokenState::Unknown);
    }
}

//! The tokens that a route has issued.

use std::collections::VecDeque;
use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::time::Instant;

/// Maximum number of tokens, expired ones included. The oldest are dropped, and are then unknown.
const MAX_TOKENS: usize = 1_000;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    Valid {
        project_id: String,
    },
    Expired,
    /// It was not issued here, or was dropped.
    Unknown,
}

/// The tokens that one route has issued, each with a lifetime.
pub(crate) struct Tokens {
    prefix: &'static str,
    issued: VecDeque<Issued>,
}

struct Issued {
    text: String,
    project_id: String,
    /// `None` where the time is beyond what the clock can represent.
    expires_at: Option<Instant>,
}

impl Tokens {
    /// Tokens with a prefix, which shows people where one comes from.
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            issued: VecDeque::new(),
        }
    }

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

    /// Looks a token up. Each comparison takes constant time, so that its duration does not help to guess a token piece by
    /// piece.
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
    fn a_token_is_valid_until_it_expires() {
        let mut tokens = Tokens::new("t-");
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let token = tokens.issue("p", Duration::from_secs(10), start);
        assert!(token.starts_with("t-") && token.len() == 2 + 64, "{token}");
        let valid = TokenState::Valid {
            project_id: "p".to_owned(),
        };
        assert_eq!(tokens.state(token.as_bytes(), at(9)), valid);
        assert_eq!(tokens.state(token.as_bytes(), at(10)), TokenState::Expired);
        assert_eq!(
            tokens.state(&token.as_bytes()[..60], at(0)),
            TokenState::Unknown,
            "a part of it"
        );
        let endless = tokens.issue("p", Duration::MAX, start);
        assert_ne!(token, endless);
        assert_eq!(tokens.state(endless.as_bytes(), at(1_000_000)), valid);
        tokens.expire_all(at(20));
        assert_eq!(tokens.state(endless.as_bytes(), at(20)), TokenState::Expired);
    }

    #[test]
    fn drops_the_oldest_token() {
        let mut tokens = Tokens::new("");
        let now = Instant::now();
        let first = tokens.issue("p", Duration::from_secs(1), now);
        for _ in 0..MAX_TOKENS {
            tokens.issue("p", Duration::from_secs(1), now);
        }
        assert_eq!(tokens.state(first.as_bytes(), now), TokenState::Unknown);
    }
}

//! An IAM user with a password.

use std::fmt;

use zeroize::Zeroizing;

use crate::credential::error::ProviderError;
use crate::env::Env;
use crate::value::{self, ValueError};

pub(crate) const USER: &str = "HW_USER_NAME";
const PASSWORD: &str = "HW_PASSWORD";
const DOMAIN: &str = "HW_DOMAIN_NAME";

/// An IAM user of an account. The password is wiped from memory when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct IamUser {
    pub(crate) name: String,
    pub(crate) password: Zeroizing<String>,
    pub(crate) domain: String,
}

impl IamUser {
    /// A user by name, with the password and the name of the account (its “domain”).
    ///
    /// # Errors
    ///
    /// Values that are empty, begin or end with white space, or have control characters.
    pub fn new(
        name: impl Into<String>,
        password: impl Into<String>,
        domain: impl Into<String>,
    ) -> Result<Self, ValueError> {
        let (name, password, domain) = (name.into(), Zeroizing::new(password.into()), domain.into());
        value::check("user name", &name, |_| true)?;
        value::check("password", &password, |_| true)?;
        value::check("domain name", &domain, |_| true)?;
        Ok(Self { name, password, domain })
    }

    /// The user of `HW_USER_NAME`, `HW_PASSWORD` and `HW_DOMAIN_NAME`.
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::NotFound`](crate::ProviderErrorKind::NotFound) if neither user nor password is set, another kind
    /// if only some of the three are set or one cannot be used.
    pub fn from_env(env: &Env) -> Result<Self, ProviderError> {
        let names = [USER, PASSWORD, DOMAIN];
        let (user, password, domain) = (env.text(USER)?, env.text(PASSWORD)?, env.text(DOMAIN)?);
        match (user, password, domain) {
            (None, None, _) => Err(ProviderError::not_found(env.why_not(USER))),
            (Some(mut user), Some(mut password), Some(mut domain)) => Self::new(
                std::mem::take(&mut *user),
                std::mem::take(&mut *password),
                std::mem::take(&mut *domain),
            )
            .map_err(|error| ProviderError::invalid_value(names.join(", "), error)),
            (user, password, domain) => {
                let are_set = [user.is_some(), password.is_some(), domain.is_some()];
                let list = |wanted: bool| {
                    let names = names.iter().zip(are_set).filter(|(_, is_set)| *is_set == wanted);
                    names.map(|(name, _)| *name).collect::<Vec<_>>().join(" and ")
                };
                let message = format!("{} set but not {}", list(true), list(false));
                Err(ProviderError::invalid(message))
            }
        }
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for IamUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IamUser")
            .field("name", &self.name)
            .field("password", &"***")
            .field("domain", &self.domain)
            .finish()
    }
}

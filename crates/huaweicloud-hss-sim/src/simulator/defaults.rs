//! The default settings.

use std::time::Duration;

/// The token that a simulator accepts by default.
pub const DEFAULT_TOKEN: &str = "hss-sim-token-5f0c2d7e";

/// Id of the access key that a simulator accepts by default. It is valid nowhere else.
pub const DEFAULT_ACCESS_KEY: &str = "HSSSIMDUMMYKEY000001";

/// Secret of [`DEFAULT_ACCESS_KEY`]. It is public, and valid nowhere else.
pub const DEFAULT_SECRET_KEY: &str = "hss-sim-dummy-secret-key-0000000000-0001";

/// The default project, the example in the OpenAPI document.
pub const DEFAULT_PROJECT_ID: &str = "0123456789abcdef0123456789abcdef";

/// The default project's name at IAM. As in the cloud, it is the region's id.
pub const DEFAULT_PROJECT_NAME: &str = "cn-north-4";

/// Default name of the IAM user.
pub const DEFAULT_USER_NAME: &str = "hss-sim-user";

/// Default password of the IAM user.
pub const DEFAULT_PASSWORD: &str = "hss-sim-password-91b3";

/// Default domain (account) of the IAM user.
pub const DEFAULT_DOMAIN_NAME: &str = "hss-sim-domain";

/// How long a scan takes by default. A guess.
pub const DEFAULT_SCAN_TIME: Duration = Duration::from_secs(2);

/// How long a token from IAM is valid by default: the vendor's 24 hours.
pub const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long a temporary key from the metadata service is valid by default. A guess: the vendor's lifetime is not known.
pub const DEFAULT_TEMPORARY_KEY_LIFETIME: Duration = Duration::from_secs(24 * 3600);

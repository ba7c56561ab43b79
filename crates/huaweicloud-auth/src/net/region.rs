//! The hosts of a region. Its id need not be known here: the vendor adds regions.

use crate::env::Env;
use crate::value::{self, ValueError, ValueProblem};

/// The region that is a site of its own, with a domain and accounts of its own.
const EUROPE: &str = "eu-west-101";

/// The longest name of a host's part.
const MAX_LENGTH: usize = 63;

/// The URL of a service in a region.
///
/// ```
/// use huaweicloud_auth::regions::endpoint;
///
/// assert_eq!(endpoint("iam", "cn-north-4")?, "https://iam.cn-north-4.myhuaweicloud.com");
/// assert_eq!(endpoint("iam", "eu-west-101")?, "https://iam.eu-west-101.myhuaweicloud.eu");
/// # Ok::<(), huaweicloud_auth::ValueError>(())
/// ```
///
/// # Errors
///
/// A region's id becomes part of a host name: lower-case letters, digits and hyphens, 63 at most.
pub fn endpoint(service: &str, region: &str) -> Result<String, ValueError> {
    check(region)?;
    let domain = if is_separate_site(region) { "eu" } else { "com" };
    Ok(format!("https://{service}.{region}.myhuaweicloud.{domain}"))
}

/// Whether a region's accounts are unknown to the global services.
pub(crate) fn is_separate_site(region: &str) -> bool {
    region == EUROPE
}

/// The variable that replaces a service's endpoint in a region, by the rule of the official SDKs.
///
/// ```
/// use huaweicloud_auth::regions::endpoint_variable;
///
/// assert_eq!(endpoint_variable("HSS", "cn-north-4")?, "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4");
/// # Ok::<(), huaweicloud_auth::ValueError>(())
/// ```
///
/// # Errors
///
/// As for [`endpoint`].
pub fn endpoint_variable(service: &str, region: &str) -> Result<String, ValueError> {
    check(region)?;
    let region = region.replace('-', "_");
    Ok(format!("HUAWEICLOUD_SDK_REGION_{service}_{region}").to_ascii_uppercase())
}

/// The value of [`endpoint_variable`], if it is set; of several URLs with commas between them the first. It is not checked.
/// No client of this project reads the variable by itself.
///
/// ```
/// use huaweicloud_auth::{Env, regions::endpoint_override};
///
/// let env = Env::from_iter([("HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4", "https://a.example, https://b.example")]);
/// assert_eq!(endpoint_override("HSS", "cn-north-4", &env)?.as_deref(), Some("https://a.example"));
/// assert_eq!(endpoint_override("HSS", "cn-north-1", &env)?, None);
/// # Ok::<(), huaweicloud_auth::ValueError>(())
/// ```
///
/// # Errors
///
/// As for [`endpoint_variable`], and a value that is not UTF-8 or begins with a comma.
pub fn endpoint_override(service: &str, region: &str, env: &Env) -> Result<Option<String>, ValueError> {
    let name = endpoint_variable(service, region)?;
    let Some(value) = env.text(&name)? else {
        return Ok(None);
    };
    match value.split(',').next().map(str::trim) {
        Some(first) if !first.is_empty() => Ok(Some(first.to_owned())),
        _ => Err(ValueError::new(format!("first URL of {name}"), ValueProblem::Empty)),
    }
}

fn check(region: &str) -> Result<(), ValueError> {
    let problem = |problem| Err(ValueError::new("region", problem));
    value::check("region", region, |_| true)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(index) = region.chars().position(|c| !fits(c)) {
        return problem(ValueProblem::NotForHost { position: index + 1 });
    }
    if region.len() > MAX_LENGTH {
        return problem(ValueProblem::TooLong {
            limit: MAX_LENGTH,
            found: region.len(),
        });
    }
    Ok(())
}

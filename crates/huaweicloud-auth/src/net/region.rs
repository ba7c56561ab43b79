//! The regions that are known by name. They are for lists and for help: an id that is not among them works too.

use crate::credential::error::ProviderError;
use crate::env::Variables;
use crate::value::{self, ValueError, ValueProblem};

/// The regions with HSS, sorted by id.
pub const REGIONS: [&str; 32] = [
    "ae-ad-1",
    "af-north-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-east-5",
    "cn-north-1",
    "cn-north-11",
    "cn-north-12",
    "cn-north-2",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-south-2",
    "cn-south-4",
    "cn-southwest-2",
    "cn-southwest-3",
    "eu-west-101",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "na-mexico-1",
    "ru-moscow-1",
    "sa-brazil-1",
    "tr-west-1",
];

/// IAM for all regions but the European one.
pub const GLOBAL_IAM_ENDPOINT: &str = "https://iam.myhuaweicloud.com";

/// The region that is a site of its own, with accounts of its own.
const EUROPE: &str = "eu-west-101";

/// The URL of a region's IAM.
///
/// ```
/// use huaweicloud_auth::regions::iam_endpoint;
///
/// assert_eq!(iam_endpoint("cn-north-4")?, "https://iam.cn-north-4.myhuaweicloud.com");
/// assert_eq!(iam_endpoint("eu-west-101")?, "https://iam.eu-west-101.myhuaweicloud.eu");
/// # Ok::<(), huaweicloud_auth::ValueError>(())
/// ```
///
/// # Errors
///
/// A region's id becomes part of a host name: lower-case letters, digits and hyphens, 63 at most.
pub fn iam_endpoint(region: &str) -> Result<String, ValueError> {
    check(region)?;
    let domain = if region == EUROPE { "eu" } else { "com" };
    Ok(format!("https://iam.{region}.myhuaweicloud.{domain}"))
}

/// The variable that names a service's endpoint in a region in place of the usual one, as the official SDKs read it.
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
/// As for [`iam_endpoint`].
pub fn endpoint_variable(service: &str, region: &str) -> Result<String, ValueError> {
    check(region)?;
    let region = region.replace('-', "_");
    Ok(format!("HUAWEICLOUD_SDK_REGION_{service}_{region}").to_ascii_uppercase())
}

/// The endpoint that [`endpoint_variable`] names, if it is set. Of several with commas between them it is the first. It
/// has not been checked. No client here reads the variable by itself.
///
/// ```
/// use huaweicloud_auth::{Variables, regions::endpoint_override};
///
/// let variables = Variables::from_iter([("HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4", "https://a.example, https://b.example")]);
/// assert_eq!(endpoint_override("HSS", "cn-north-4", &variables)?.as_deref(), Some("https://a.example"));
/// assert_eq!(endpoint_override("HSS", "cn-north-1", &variables)?, None);
/// # Ok::<(), huaweicloud_auth::ProviderError>(())
/// ```
///
/// # Errors
///
/// As for [`endpoint_variable`], and a value that is not UTF-8 or begins with a comma.
pub fn endpoint_override(service: &str, region: &str, variables: &Variables) -> Result<Option<String>, ProviderError> {
    let name = endpoint_variable(service, region)
        .map_err(|error| ProviderError::invalid(error.to_string()).with_source(error))?;
    let Some(value) = variables.text(&name)? else {
        return Ok(None);
    };
    match value.split(',').next().map(str::trim) {
        Some(first) if !first.is_empty() => Ok(Some(first.to_owned())),
        _ => Err(ProviderError::invalid(format!("{name} holds no endpoint"))),
    }
}

/// IAM's URLs for a region in the order to try them. The European site has no other: credentials for one site are not
/// shown to the other.
#[cfg(feature = "http")]
pub(crate) fn iam_endpoints(region: &str) -> Result<Vec<String>, ValueError> {
    let mut endpoints = vec![iam_endpoint(region)?];
    if region != EUROPE {
        endpoints.push(GLOBAL_IAM_ENDPOINT.to_owned());
    }
    Ok(endpoints)
}

fn check(region: &str) -> Result<(), ValueError> {
    const MOST: usize = 63;
    value::check("region", region, |_| true)?;
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if let Some(index) = region.chars().position(|letter| !fits(letter)) {
        return Err(ValueError::new(
            "region",
            ValueProblem::NotForHost { position: index + 1 },
        ));
    }
    let found = region.len();
    if found > MOST {
        return Err(ValueError::new("region", ValueProblem::TooLong { limit: MOST, found }));
    }
    Ok(())
}

//! Calls a service that has no SDK here: lists the servers of a project.
//!
//! `cargo run --example another_service --features rustls-aws-lc-rs -- cn-north-4 PROJECT_ID`, with credentials where the official
//! tools look for them.

use std::time::SystemTime;

use huaweicloud_auth::provider::DefaultChain;
use huaweicloud_auth::{CredentialsProvider, SigningTime, X_PROJECT_ID, regions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [region, project_id] = arguments.as_slice() else {
        return Err("usage: another_service REGION PROJECT_ID".into());
    };
    let credentials = DefaultChain::new().region(region).build()?.provide().await?;

    let url = format!(
        "{}/v1/{project_id}/cloudservers/detail",
        regions::endpoint("ecs", region)?
    );
    let client = reqwest::Client::new();
    let request = client
        .get(url)
        .query(&[("limit", "10")])
        .header(X_PROJECT_ID, project_id);
    let mut request = request.build()?;
    credentials.authorize_reqwest(&mut request, SigningTime::try_from(SystemTime::now())?)?;

    let response = client.execute(request).await?.error_for_status()?;
    println!("{}", response.text().await?);
    Ok(())
}

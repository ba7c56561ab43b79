//! Rescans the servers of a list, one id a line on standard input. Started again with the journal of this night, it goes on
//! where the task stands.
//!
//! `cargo run --example nightly_batch -- cn-north-4 TASK_ID "$(date -I).jsonl" < ids`

use std::process::ExitCode;

use huaweicloud_hss::Client;
use huaweicloud_hss::auth::provider::DefaultChain;
use huaweicloud_hss::bulk::Plan;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [region, task_id, journal] = arguments.as_slice() else {
        return Err("usage: nightly_batch REGION TASK_ID JOURNAL".into());
    };
    let provider = DefaultChain::new().region(region).build()?;
    let client = Client::builder()
        .region(region)
        .credentials_provider(provider)
        .build()?;

    let hosts: Vec<String> = std::io::stdin().lines().collect::<Result<_, _>>()?;
    let summary = client
        .bulk(&Plan::rescan(task_id, hosts)?)
        .journal(journal)
        .keep_going(true)
        .send()
        .await?;
    println!("{summary}");
    for item in summary.unknown() {
        println!("look at the task before resending {item}");
    }
    for item in summary.named() {
        println!("take out {item}: the service refused a batch for it");
    }
    let is_done = summary.is_complete() && summary.counts().unknown == 0;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! Starts the simulator in the process of a test, lets the next request fail and looks at what arrived.

use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Fault, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start().await?;
    simulator.inject(Fault::answer(503))?;
    let (project_id, task_id) = (simulator.project_id(), DEMO_VUL_SCAN_TASK_ID);
    let url = format!(
        "{}/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan",
        simulator.endpoint()
    );
    let body = serde_json::json!({"range_type": "all_failed_host"});
    for _ in 0..2 {
        let request = reqwest::Client::new()
            .put(&url)
            .header("x-auth-token", simulator.token())
            .json(&body);
        println!("{}", request.send().await?.status());
    }
    println!("{} requests", simulator.requests().len());
    Ok(())
}

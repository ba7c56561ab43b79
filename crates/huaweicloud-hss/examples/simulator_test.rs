//! Tests of a function that uses the client: `cargo test --example simulator_test`.

use huaweicloud_hss::{Client, Error, Outcome};

/// Whether the task's servers are being scanned.
async fn rescan(client: &Client, task_id: &str) -> Result<bool, Error> {
    match client.recreate_vul_scan_task(task_id).all_failed_hosts().await {
        Ok(_) => Ok(true),
        Err(error) if error.outcome() == Outcome::Refused => Ok(false),
        Err(error) => Err(error),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client::builder()
        .endpoint("http://127.0.0.1:8080")
        .project_id("p")
        .token("t")
        .build()?;
    println!("{}", rescan(&client, "2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000").await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Fault, Simulator};

    use super::*;

    fn client(simulator: &Simulator) -> Client {
        let client = Client::builder().endpoint(simulator.endpoint());
        client
            .project_id(simulator.project_id())
            .token(simulator.token())
            .build()
            .unwrap()
    }

    #[tokio::test]
    async fn known_task_is_scanned_and_unknown_one_is_not() {
        let simulator = Simulator::start().await.unwrap();
        assert!(rescan(&client(&simulator), DEMO_VUL_SCAN_TASK_ID).await.unwrap());
        assert!(!rescan(&client(&simulator), "another").await.unwrap());
    }

    #[tokio::test]
    async fn failure_of_the_service_leaves_the_outcome_unknown() {
        let simulator = Simulator::start().await.unwrap();
        simulator.inject(Fault::answer(500)).unwrap();
        let error = rescan(&client(&simulator), DEMO_VUL_SCAN_TASK_ID).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

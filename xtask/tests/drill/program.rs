//! Calls the made-up operation, through the generated code and through the hand-written request.

use huaweicloud_hss::raw::types::{QuarantineId, Reason, ReasonList, ReleaseQuarantineRequest};
use huaweicloud_hss::{Client, raw};
use huaweicloud_hss_sim::Simulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start().await?;
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id())
        .token(simulator.token())
        .build()?;
    let (project_id, quarantine_id) = (simulator.project_id().try_into()?, "a/b".try_into()?);
    let reasons = ReasonList::try_from(vec![Reason("false_alarm".to_owned())])?;
    for body in [ReleaseQuarantineRequest::SomeReasons(reasons), ReleaseQuarantineRequest::EveryReason] {
        let sent = client.raw().release_quarantine(&project_id, &quarantine_id, None, &body).await;
        raw::accepted(sent)?;
    }
    client.release_quarantine("a/b").reasons(["false_alarm"]).await?;
    println!("{}", client.release_quarantine("a/b").reasons(["1", "2", "3"]).await.unwrap_err());
    println!("{}", QuarantineId::try_from("123456789").unwrap_err());
    for request in simulator.requests() {
        println!("{} {} {} {:?}", request.method, request.path, request.status.unwrap_or_default(), request.operation);
    }
    Ok(())
}

//! Calls the made-up operation through generated code alone.

use huaweicloud_hss::raw::types::{Reason, ReasonList, ReleaseQuarantineRequest};
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
    let call = |id: &str, body: ReleaseQuarantineRequest| {
        client.raw().release_quarantine().project_id(simulator.project_id()).quarantine_id(id).body(body).send()
    };
    let reasons = ReasonList::try_from(vec![Reason("false_alarm".to_owned())])?;
    call("a/b", ReleaseQuarantineRequest::SomeReasons(reasons)).await.map_err(raw::into_error)?;
    call("a/b", ReleaseQuarantineRequest::EveryReason).await.map_err(raw::into_error)?;
    let error = call("123456789", ReleaseQuarantineRequest::EveryReason).await.map_err(raw::into_error);
    println!("{}", error.err().map(|error| error.to_string()).unwrap_or_default());
    for request in simulator.requests() {
        println!("{} {} {} {:?}", request.method, request.path, request.status.unwrap_or_default(), request.operation);
    }
    Ok(())
}

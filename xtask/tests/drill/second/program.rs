//! Calls the operations of the made-up document.

use huaweicloud_hss::Client;
use huaweicloud_hss::made_up::client::types::{
    FindingCondition, FindingConditionList, FindingKind, FindingSearch, Milliseconds, NamePrefix,
};
use huaweicloud_hss_sim::{Fault, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = include_str!("../../huaweicloud-hss-sim/openapi/made-up.json");
    let simulator = Simulator::builder().document(document).start().await?;
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id())
        .token(simulator.token())
        .build()?
        .made_up();
    let project_id = simulator.project_id().try_into()?;
    let answer = r#"{"total_num": 2, "new_member": 1, "data_list": [{"type": "new_kind", "seen_at": 5000000000}, {"is_new": true}]}"#;
    let found = Fault::answer(200).header("content-type", "application/json").body(answer);
    simulator.inject(found.times(2))?;

    let (prefix, since) = (NamePrefix::try_from("ab")?, Milliseconds(5_000_000_000));
    let page = client.list_findings(&project_id, Some(&prefix), Some(&since)).await?;
    println!("{}", serde_json::to_string(&page.into_inner())?);
    let condition: FindingCondition = serde_json::from_value(serde_json::json!({ "kind": "port" }))?;
    let mut search: FindingSearch = serde_json::from_value(serde_json::json!({ "conditions": [condition] }))?;
    search.only_new = Some(true);
    let page = client.search_findings(&project_id, &search).await?.into_inner();
    let first = page.data_list.iter().flat_map(|rows| rows.iter()).next();
    println!("{:?} {:?}", page.total_num, first.and_then(|first| first.type_.as_ref()));
    println!("{}", NamePrefix::try_from("a").unwrap_err());
    println!("{}", FindingConditionList::try_from(Vec::new()).unwrap_err());
    println!("{:?}", FindingKind::from("any".to_owned()));
    // The simulator checks both against the document.
    client.list_findings(&project_id, Some(&prefix), Some(&since)).await.unwrap_err();
    client.search_findings(&project_id, &search).await.unwrap_err();
    for request in simulator.requests() {
        let (query, body) = (request.query, request.body);
        println!("{} {} {query:?} {body:?} {:?} {:?}", request.method, request.path, request.status, request.operation);
    }
    Ok(())
}

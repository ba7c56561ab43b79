//! What runs before each batch of a list.

use huaweicloud_hss::bulk::{Pace, Plan, Stop};
use huaweicloud_hss::raw::types::HostIdList;
use huaweicloud_hss::{Client, Error, ErrorKind, Outcome};
use huaweicloud_hss_sim::{Quota, Simulator};

/// The simulator, and a list of three batches.
async fn start() -> (Simulator, Client, Plan) {
    let simulator = Simulator::builder().quota(Quota::off()).any_task(true);
    let simulator = simulator.start().await.unwrap();
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id());
    let client = client.token(simulator.token()).build().unwrap();
    let ids = (0..3 * HostIdList::MAX).map(|number| number.to_string());
    (simulator, client, Plan::rescan("task", ids).unwrap())
}

#[tokio::test]
async fn error_ends_the_run_before_the_batch() {
    let (simulator, client, plan) = start().await;
    let mut calls = Vec::new();
    let run = client.bulk(&plan).pace(Pace::off()).before_each(|batch, is_last| {
        calls.push((batch, is_last));
        let error = Error::builder(ErrorKind::Server, Outcome::NoEffect, "no look").build();
        std::future::ready(if batch < 2 { Ok(()) } else { Err(error) })
    });
    let summary = run.send().await.unwrap();
    assert_eq!(summary.error().map(Error::message), Some("no look"));
    assert_eq!((summary.batches(), simulator.requests().len()), (2, 2));
    assert_eq!(summary.counts().not_sent, HostIdList::MAX);
    assert_eq!(calls, [(0, false), (1, false), (2, true)]);
}

#[tokio::test]
async fn batch_is_not_sent_where_the_run_was_stopped_meanwhile() {
    let (simulator, client, plan) = start().await;
    let stop = Stop::new();
    let run = client
        .bulk(&plan)
        .pace(Pace::off())
        .stop(&stop)
        .before_each(|batch, _| {
            if batch == 1 {
                stop.stop();
            }
            std::future::ready(Ok(()))
        });
    let summary = run.send().await.unwrap();
    assert!(summary.is_stopped(), "{summary:?}");
    assert_eq!((summary.batches(), simulator.requests().len()), (1, 1));
}

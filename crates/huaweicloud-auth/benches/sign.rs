//! How much a signature costs beside a bare SHA-256 of the same body, on one core and in one run.
//!
//! `cargo bench -p huaweicloud-auth`. A plain program: the figures are few, and it needs no library.

use std::hint::black_box;
use std::time::{Duration, Instant};

use http::Request;
use huaweicloud_auth::{AccessKey, RequestView, Signer, SigningTime};
use sha2::{Digest, Sha256};

const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(100);

/// Calls a second, over about one round.
fn rate(call: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    while start.elapsed() < ROUND {
        // Several calls for one look at the clock.
        for _ in 0..20 {
            call();
        }
        calls += 20;
    }
    f64::from(calls) / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = AccessKey::new("DUMMYAK0000000000000", "DUMMYSK00000000000000000000000000000000")?;
    let time: SigningTime = "20260403T080000Z".parse()?;
    let signer = Signer::new();
    println!("| body | signatures a second | bare SHA-256 a second | signature over SHA-256 |");
    println!("|---|---|---|---|");
    for size in [31, 40_000] {
        let uri = "https://hss.cn-north-4.myhuaweicloud.com/v5/0123456789abcdef0123456789abcdef/vulnerability/scan/task/2b31ed520xxxxxxebedb6e57xxxxxxxx/rescan";
        let request = Request::put(uri)
            .header("content-type", "application/json")
            .header("x-project-id", "0123456789abcdef0123456789abcdef")
            .body(vec![b'x'; size])?;
        let mut sign = || {
            drop(black_box(signer.sign(
                &key,
                &RequestView::from(black_box(&request)),
                time,
            )))
        };
        let mut hash = || {
            let _ = black_box(Sha256::digest(black_box(request.body())));
        };
        // In turn, so that both meet the same moods of the machine.
        let (mut signing, mut hashing) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            signing.push(rate(&mut sign));
            hashing.push(rate(&mut hash));
        }
        let (signing, hashing) = (median(signing), median(hashing));
        println!(
            "| {size} bytes | {signing:.0} | {hashing:.0} | {:.2} |",
            hashing / signing
        );
    }
    Ok(())
}

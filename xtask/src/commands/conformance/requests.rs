//! Random requests, as odd as HTTP allows.
//!
//! Left out is what HTTP does not allow, or what the official signer reads in a way that no other does:
//! - bytes in path or query that are not UTF-8 once decoded: it puts U+FFFD in their place, so that different paths get
//!   one signature; ours refuses them;
//! - a bare `+` in the query: it takes queries decoded and never meets one; ours refuses it;
//! - header values that begin or end with white space beyond ASCII: it strips that too, HTTP takes off spaces and tabs;
//! - one header twice, which its map of headers cannot hold; ours refuses it;
//! - requests whose `host` is not signed: it always signs it.

use serde_json::{Value, json};

use super::random::Random;

const UNRESERVED: &str = "abcxyzABCXYZ0123456789-._~";
/// What `http::Uri` takes bare in paths and queries alike, beside the unreserved ones.
const BARE: &str = "!$'()*,;:@/[]\\^|";
/// Beyond ASCII: two to four bytes, on both sides of the surrogates, white space, a mark of direction.
const WIDE: &str = "é一𝄞\u{ffff}\u{e000}\u{fffd}\u{a0}\u{3000}\u{200f}e\u{301}";
/// To be escaped always.
const ESCAPED: &str = " #%?&=+<>`\u{0}\u{1f}\n\u{7f}";
/// No escapes, whatever follows.
const BROKEN: [&str; 4] = ["%z", "%4z", "%%z", "%-1"];
const NAMES: [&str; 8] = ["limit", "marker", "id", "ID", "id~", "id!", "enterprise_project_id", ""];

/// A request and what it is signed with, as openapi/signing/README.md describes both.
pub fn next(random: &mut Random) -> Value {
    let mut headers = headers(random);
    let leaves_body_out = random.percent(3);
    if leaves_body_out {
        headers.push(("X-Sdk-Content-Sha256".to_owned(), "UNSIGNED-PAYLOAD".to_owned()));
    }
    let signed_headers = (leaves_body_out || random.percent(50)).then(|| {
        let mut names = vec!["host".to_owned()];
        for (name, _) in &headers {
            // The official signer cannot see the header and leave it unsigned.
            if leaves_body_out || random.percent(60) {
                // With an underscore too: both have to leave those out.
                names.push(name.to_ascii_lowercase());
            }
        }
        names
    });
    json!({
        "request": {
            "method": random.of(&["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "put", "PROPFIND"]),
            "scheme": random.of(&["https", "http"]),
            "authority": authority(random),
            "path": path(random),
            "query": random.percent(75).then(|| query(random)),
            "headers": headers,
            "body": body(random),
        },
        "context": {
            "access_key": text(random, 1, 40, |random| random.character("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=/+")),
            "secret_key": secret(random),
            "security_token": random.percent(30).then(|| {
                let max = random.of(&[1, 64, 2_000]);
                text(random, 1, max, |random| char::from(b'!' + random.below(94) as u8))
            }),
            "date": date(random),
            "signed_headers": signed_headers,
        },
    })
}

fn text(random: &mut Random, min: usize, max: usize, mut character: impl FnMut(&mut Random) -> char) -> String {
    let length = min + random.below(max - min + 1);
    (0..length).map(|_| character(random)).collect()
}

fn secret(random: &mut Random) -> String {
    let wide = random.percent(10);
    text(random, 1, 130, |random| {
        if wide && random.percent(30) {
            random.character("é一𝄞")
        } else {
            char::from(b'!' + random.below(94) as u8)
        }
    })
}

fn date(random: &mut Random) -> String {
    let year = if random.percent(80) {
        2020 + random.below(20)
    } else {
        1970 + random.below(8_030)
    };
    let (month, day) = (1 + random.below(12), 1 + random.below(28));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn authority(random: &mut Random) -> String {
    let hosts = [
        "hss.cn-north-4.myhuaweicloud.com",
        "HSS.Example.COM",
        "127.0.0.1",
        "[::1]",
        "[fe80::A]",
        "a",
        "x--y.z",
    ];
    let mut authority = random.of(&hosts).to_owned();
    if random.percent(60) {
        let port = match random.below(4) {
            0 => 80,
            1 => 443,
            _ => 1 + random.below(65_535),
        };
        authority = format!("{authority}:{port}");
    }
    if random.percent(3) {
        authority = format!("user:word@{authority}");
    }
    authority
}

fn path(random: &mut Random) -> String {
    let mut path = String::new();
    for _ in 0..random.below(7) {
        path.push('/');
        match random.below(10) {
            0 => path.push_str(random.of(&["", ".", "..", "v5", "vulnerability", "%2F", "%252F", "%2e%2E"])),
            _ => push_piece(random, &mut path, "+&=", 12),
        }
    }
    if path.is_empty() || random.percent(15) {
        path.push('/');
    }
    path
}

fn query(random: &mut Random) -> String {
    let mut pairs = Vec::new();
    for _ in 0..random.below(7) {
        let mut pair = String::new();
        if random.percent(60) {
            pair.push_str(random.of(&NAMES));
        } else {
            push_piece(random, &mut pair, "?", 8);
        }
        if random.percent(85) {
            pair.push('=');
            push_piece(random, &mut pair, "?=", 12);
        }
        pairs.push(pair);
    }
    if random.percent(20)
        && let Some(again) = pairs.first().cloned()
    {
        pairs.push(again);
    }
    pairs.join("&")
}

/// Appends characters, some bare, some escaped in either case; `bare` may be bare here beside those that always may.
fn push_piece(random: &mut Random, text: &mut String, bare: &str, max: usize) {
    for _ in 0..random.below(max + 1) {
        let (character, can_be_bare) = match random.below(20) {
            0 => {
                text.push_str(random.of(&BROKEN));
                continue;
            }
            1..=3 => (random.character(BARE), true),
            4..=5 => (random.character(WIDE), true),
            6..=7 => (random.character(ESCAPED), false),
            8 => (random.character(bare), true),
            _ => (random.character(UNRESERVED), true),
        };
        if can_be_bare && random.percent(70) {
            text.push(character);
            continue;
        }
        let mut bytes = [0; 4];
        for byte in character.encode_utf8(&mut bytes).bytes() {
            text.push_str(&if random.percent(50) {
                format!("%{byte:02X}")
            } else {
                format!("%{byte:02x}")
            });
        }
    }
}

fn headers(random: &mut Random) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    if random.percent(85) {
        let types = [
            "application/json",
            "application/json;charset=UTF-8",
            "text/plain",
            " application/json ",
            "x/y",
        ];
        let name = random.of(&["Content-Type", "content-type"]);
        headers.push((name.to_owned(), random.of(&types).to_owned()));
    }
    if random.percent(80) {
        headers.push((
            "X-Project-Id".to_owned(),
            text(random, 1, 32, |random| random.character("0123456789abcdef")),
        ));
    }
    if random.percent(10) {
        headers.push((
            "Host".to_owned(),
            random.of(&["hss.example.com", "hss.example.com:443", " a "]).to_owned(),
        ));
    }
    if random.percent(50) {
        headers.push(("User-Agent".to_owned(), header_value(random)));
    }
    for _ in 0..random.below(5) {
        // A letter of its own in front keeps these apart from every header that means something.
        let name = format!("q{}", text(random, 0, 8, |random| random.character("abXY09-_.~!")));
        if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            headers.push((name, header_value(random)));
        }
    }
    headers
}

/// Outer spaces and tabs, inner ones, and characters beyond ASCII, with white space among them only inside.
fn header_value(random: &mut Random) -> String {
    let edge = |random: &mut Random| text(random, 0, 3, |random| random.character(" \t"));
    let middle = text(random, 0, 30, |random| match random.below(10) {
        0 => random.character(" \t"),
        1 => random.character("é一𝄞"),
        2 => random.character("\"';:,=()<>@/[]{}%"),
        _ => random.character(UNRESERVED),
    });
    let middle = if random.percent(5) {
        format!("x\u{a0}{middle}\u{3000}x")
    } else {
        middle
    };
    format!("{}{middle}{}", edge(random), edge(random))
}

fn body(random: &mut Random) -> Value {
    match random.below(10) {
        0..=1 => json!({ "text": "" }),
        2 => {
            let length = random.below(2_000);
            let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
            json!({ "hex": crate::hex(&bytes) })
        }
        3 => {
            json!({ "text": text(random, 1, 16, |random| random.character(UNRESERVED)), "times": random.below(4_000) })
        }
        4..=5 => json!({ "text": text(random, 0, 300, |random| random.character("é一𝄞 \r\n\t\u{0}{}\"")) }),
        _ => {
            json!({ "text": json!({ "range_type": "specific_host", "host_ids": [header_value(random)] }).to_string() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_the_requests() {
        let requests = |seed| {
            let mut random = Random::new(seed);
            (0..50).map(|_| next(&mut random)).collect::<Vec<_>>()
        };
        assert_eq!(requests(7), requests(7));
        assert_ne!(requests(7), requests(8));
    }
}

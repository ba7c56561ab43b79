//! A company's network: a proxy and a certificate authority of its own. The hosts have the cloud's names; the proxy forwards
//! their requests to a simulator.

use std::process::Command;

use testkit::{Authority, Proxy, Request};
use tokio::runtime::Runtime;

use crate::support::{Cloud, HOST_TASK, TOKEN, command, ran};

const HSS: &str = "hss.cn-north-4.myhuaweicloud.com";
const IAM: &str = "iam.cn-north-4.myhuaweicloud.com";

struct Company {
    proxy: Proxy,
    authority: tempfile::NamedTempFile,
    _runtime: Runtime,
}

impl Company {
    /// A proxy behind which both hosts are the simulator, under the company's own certificate.
    fn around(cloud: &Cloud) -> Self {
        let issuer = Authority::new();
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), issuer.pem()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let hosts = [HSS, IAM];
        let proxy = runtime.block_on(Proxy::start(issuer.acceptor(&hosts), &hosts, cloud.simulator.address()));
        Self {
            proxy,
            authority,
            _runtime: runtime,
        }
    }

    /// `hss` in this network, with an access key and without a project id.
    fn rescan(&self, cloud: &Cloud) -> Command {
        let mut command = command(["rescan", HOST_TASK, "--all-failed", "--region=cn-north-4"]);
        command
            .env("HTTPS_PROXY", self.proxy.url())
            .env("HUAWEICLOUD_SDK_AK", cloud.simulator.access_key())
            .env("HUAWEICLOUD_SDK_SK", cloud.simulator.secret_key());
        command
    }
}

#[test]
fn all_requests_pass_the_proxy_under_the_companys_authority() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let mut rescan = company.rescan(&cloud);
    let done = ran(rescan.arg("--ca-bundle").arg(company.authority.path()));
    assert_eq!(done.code, 0, "{done:?}");
    let connects = company.proxy.connects();
    let lines: Vec<&str> = connects.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            format!("CONNECT {IAM}:443 HTTP/1.1"),
            format!("CONNECT {HSS}:443 HTTP/1.1")
        ]
    );
    // A proxy gets the host's name and nothing that says who calls.
    let says_who = |request: &Request| {
        format!("{:?}", request.headers)
            .to_lowercase()
            .contains("authorization")
    };
    assert!(!connects.iter().any(says_who), "{connects:?}");
    let arrived = cloud.simulator.requests();
    let host = |index: usize| arrived[index].header("host").map(str::to_owned);
    assert_eq!((host(0).as_deref(), host(1).as_deref()), (Some(IAM), Some(HSS)));
    assert!(arrived[1].header("user-agent").unwrap().starts_with("huaweicloud-hss/"));
}

#[test]
fn sends_nothing_under_an_untrusted_authority() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let other = Company::around(&cloud);
    for authority in [None, Some(other.authority.path())] {
        let mut rescan = company.rescan(&cloud);
        if let Some(file) = authority {
            rescan.arg("--ca-bundle").arg(file);
        }
        let refused = ran(&mut rescan);
        assert_eq!(refused.code, 6, "{refused:?}");
        assert!(refused.stderr.contains("certificate"), "{refused:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
}

/// Where the platform's own store is read from files, the usual variable names another.
#[cfg(target_os = "linux")]
#[test]
fn ssl_cert_file_names_the_platforms_store() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let done = ran(company.rescan(&cloud).env("SSL_CERT_FILE", company.authority.path()));
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn an_unusable_ca_bundle_is_named() {
    let cloud = Cloud::start();
    let text = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(text.path(), "no certificate").unwrap();
    for file in ["/nowhere/ca.pem".as_ref(), text.path()] {
        let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed", "--ca-bundle"]);
        let refused = ran(command.arg(file));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.starts_with("error: --ca-bundle"), "{refused:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
}

/// Some HTTP clients take a password from there and put it in the place of the signature.
#[test]
fn netrc_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let entry = "default login someone password from-the-netrc\n";
    for name in [".netrc", "_netrc"] {
        std::fs::write(home.path().join(name), entry).unwrap();
    }
    let cloud = Cloud::start();
    let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    let done = ran(command
        .env("HOME", home.path())
        .env("NETRC", home.path().join(".netrc")));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(cloud.request().header("authorization"), None);
    assert!(!format!("{done:?}").contains(TOKEN));
}

//! A company's network: a proxy and a certificate authority of its own. The hosts have the cloud's names; the proxy forwards
//! their requests to a simulator.

use std::process::Command;

#[cfg(unix)]
use testkit::{Answer, Server};
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

/// A host that counts as another machine, and leads to this one.
#[cfg(unix)]
struct Elsewhere {
    server: Server,
    authority: tempfile::NamedTempFile,
    _runtime: Runtime,
}

#[cfg(unix)]
impl Elsewhere {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(Server::start_tls([Answer::new(500)]));
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), server.ca_certificate().unwrap()).unwrap();
        Self {
            server,
            authority,
            _runtime: runtime,
        }
    }

    fn endpoint(&self) -> String {
        format!("https://0.0.0.0:{}", self.server.address().port())
    }

    /// A call to HSS there.
    fn to_service(&self) -> Command {
        let mut command = command(["rescan", HOST_TASK, "--all-failed", "--project-id=p", "--endpoint"]);
        command.arg(self.endpoint()).env("HSS_AUTH_TOKEN", TOKEN);
        command
    }

    /// A call to HSS on this machine, with a token or a project id from IAM there.
    fn to_iam(&self, cloud: &Cloud, is_user: bool) -> Command {
        let mut command = command(["rescan", HOST_TASK, "--all-failed", "--region=cn-north-4", "--endpoint"]);
        command
            .arg(cloud.simulator.endpoint())
            .arg("--iam-endpoint")
            .arg(self.endpoint());
        if is_user {
            command.arg("--project-id=p");
            command.envs([("HW_USER_NAME", "u"), ("HW_PASSWORD", "p"), ("HW_DOMAIN_NAME", "d")]);
        } else {
            command.env("HSS_AUTH_TOKEN", TOKEN);
        }
        command
    }

    fn run(&self, command: &mut Command) -> crate::support::Ran {
        let authority = self.authority.path();
        ran(command
            .args(["--output=json", "--max-retries=0", "--ca-bundle"])
            .arg(authority))
    }
}

#[cfg(unix)]
#[test]
fn no_call_goes_out_directly_where_a_proxy_cannot_be_used() {
    let (cloud, elsewhere) = (Cloud::start(), Elsewhere::start());
    // Without a proxy the calls do arrive, in whatever state.
    for mut direct in [
        elsewhere.to_service(),
        elsewhere.to_iam(&cloud, true),
        elsewhere.to_iam(&cloud, false),
    ] {
        let before = elsewhere.server.connections();
        elsewhere.run(&mut direct);
        assert!(elsewhere.server.connections() > before, "{direct:?}");
    }
    let arrived = elsewhere.server.connections();
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTP_PROXY",
        "http_proxy",
    ] {
        for (value, problem) in [
            (" http://proxy-value:1", "white space around it"),
            ("http://proxy-value:1 ", "white space around it"),
            ("http://proxy value:1", "a host that is none"),
            (
                "ftp://proxy-value:1",
                "a scheme that is none of http, https, socks5 and socks5h",
            ),
            ("http:/proxy-value:1", "a port that is no number from 1 to 65535"),
            ("http://[::1", "a host that is none"),
            ("http://user:proxy-value@", "no host"),
            ("http://proxy-value:http", "a port that is no number from 1 to 65535"),
        ] {
            // IAM is asked on the way of the same client, so two of them stand for all.
            let mut commands = vec![elsewhere.to_service()];
            if name == "HTTPS_PROXY" {
                commands.extend([elsewhere.to_iam(&cloud, true), elsewhere.to_iam(&cloud, false)]);
            }
            for mut command in commands {
                let refused = elsewhere.run(command.env(name, value));
                assert_eq!(refused.code, 2, "{refused:?}");
                let error = &refused.json()["error"];
                assert_eq!(
                    (&error["kind"], &error["outcome"]),
                    (&"invalid".into(), &"not_sent".into())
                );
                let message = error["message"].as_str().unwrap();
                assert!(message.contains(&format!("{name} has {problem}")), "{message}");
                assert!(!format!("{refused:?}").contains("value"), "{refused:?}");
            }
        }
    }
    assert_eq!(elsewhere.server.connections(), arrived);
    assert_eq!(cloud.simulator.requests(), []);
}

/// A closed port for a proxy: what passes it by arrives.
#[cfg(unix)]
#[test]
fn no_proxy_names_what_passes_the_proxy_by() {
    let elsewhere = Elsewhere::start();
    let port = elsewhere.server.address().port();
    let proxy = testkit::closed_endpoint();
    for (name, value, passes_by) in [
        ("NO_PROXY", "0.0.0.0".to_owned(), true),
        ("no_proxy", format!("a.example, 0.0.0.0:{port}"), true),
        ("NO_PROXY", "0.0.0.0/8".to_owned(), true),
        ("NO_PROXY", "*".to_owned(), true),
        ("NO_PROXY", "0.0.0.0:1,*.example".to_owned(), false),
    ] {
        let before = elsewhere.server.connections();
        let mut command = elsewhere.to_service();
        let failed = elsewhere.run(command.env("HTTPS_PROXY", &proxy).env(name, &value));
        assert_eq!(
            elsewhere.server.connections() > before,
            passes_by,
            "{value}: {failed:?}"
        );
        let message = failed.json()["error"]["message"].as_str().unwrap().to_owned();
        let way = format!("at 0.0.0.0:{port} through the proxy {proxy}");
        assert_eq!(message.contains(&way), !passes_by, "{value}: {message}");
    }
}

#[test]
fn a_socks_proxy_works_with_its_password_as_it_is() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let proxy = format!("socks5h://user:p@ss/w#r?d:50%@{}", company.proxy.address());
    let mut rescan = company.rescan(&cloud);
    rescan
        .env("HTTPS_PROXY", &proxy)
        .arg("--ca-bundle")
        .arg(company.authority.path());
    let done = ran(&mut rescan);
    assert_eq!(done.code, 0, "{done:?}");
    let connects = company.proxy.connects();
    let seen: Vec<_> = connects
        .iter()
        .map(|request| (&*request.line, request.header("socks-user")))
        .collect();
    let user = Some("user:p@ss/w#r?d:50%");
    let lines = [IAM, HSS].map(|host| format!("CONNECT {host}:443 SOCKS/5"));
    assert_eq!(seen, [(&*lines[0], user), (&*lines[1], user)]);
}

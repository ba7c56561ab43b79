//! The test projects: what each needs, and the commands that are not in openapi/README.md.

use super::arguments::What;
use super::shell::Tool;

/// A folder under openapi/conformance.
pub struct Project {
    pub what: What,
    pub folder: &'static str,
    pub needs: &'static [Tool],
    /// What to run first. For a client from a generator the README's block is run instead.
    pub install: &'static str,
    /// Prints the version of what is tested.
    pub version: &'static str,
    pub suites: &'static [Suite],
}

/// A command that ends by saying how many cases it ran.
pub struct Suite {
    /// What is tested.
    pub witness: &'static str,
    /// Nothing where it is the last command of the README's block.
    pub command: &'static str,
}

const PYTHON: Tool = Tool {
    probe: "python3 -c 'import venv, ensurepip'",
    needs: "python3 with venv (on Debian: python3-venv)",
};
const JRE: Tool = Tool {
    probe: "java -version",
    needs: "java 11 or later (on Debian: default-jre-headless)",
};
const GO: Tool = Tool {
    probe: "go version",
    needs: "go 1.21 or later (on Debian: golang-go)",
};
const MAVEN: Tool = Tool {
    probe: "javac -version && mvn --version",
    needs: "javac 17 or later and mvn (on Debian: default-jdk-headless maven)",
};
const NODE: Tool = Tool {
    probe: "node --version && npm --version",
    needs: "node 20 or later with npm (on Debian: nodejs npm)",
};

pub const INSTALL_SDK: &str = "python3 -m venv venv && venv/bin/pip install --quiet --disable-pip-version-check --no-deps \
    --require-hashes --only-binary :all: --requirement requirements.txt";
pub const SDK_VERSION: &str = "venv/bin/pip list --format freeze | sed -n 's/huaweicloudsdkcore==//p'";

/// In the order of the table. The slow ones come first.
pub const ALL: [Project; 9] = [
    Project {
        what: What::Java,
        folder: "java",
        needs: &[MAVEN],
        install: "",
        version: "sed -n '/openapi-generator-maven-plugin/{n;s/[^0-9.]//g;p;}' pom.xml",
        suites: &[Suite {
            witness: "openapi-generator-maven-plugin, java native",
            command: "",
        }],
    },
    Project {
        what: What::Schemathesis,
        folder: "schemathesis",
        needs: &[PYTHON],
        install: "python3 -m venv venv && venv/bin/pip install --quiet --require-hashes --requirement requirements.txt",
        version: "venv/bin/st --version | sed 's/.* //'",
        suites: &[],
    },
    Project {
        what: What::Python,
        folder: "python",
        needs: &[PYTHON, JRE],
        install: "",
        version: "venv/bin/openapi-generator-cli version",
        suites: &[Suite {
            witness: "openapi-generator, python",
            command: "",
        }],
    },
    Project {
        what: What::Typescript,
        folder: "typescript",
        needs: &[NODE],
        install: "",
        version: "node_modules/.bin/openapi-typescript --version",
        suites: &[Suite {
            witness: "openapi-typescript with openapi-fetch",
            command: "",
        }],
    },
    Project {
        what: What::Go,
        folder: "go",
        needs: &[GO, PYTHON, JRE],
        install: "",
        version: "venv/bin/openapi-generator-cli version",
        suites: &[Suite {
            witness: "openapi-generator, go",
            command: "",
        }],
    },
    Project {
        what: What::Sdk,
        folder: "python-sdk",
        needs: &[PYTHON],
        install: INSTALL_SDK,
        version: SDK_VERSION,
        suites: &[
            Suite {
                witness: "huaweicloudsdkhss, calling hss-sim",
                command: "venv/bin/pytest --quiet test_calls.py",
            },
            Suite {
                witness: "huaweicloudsdkhss, reading what hss reads",
                command: "venv/bin/pytest --quiet test_reads.py",
            },
            Suite {
                witness: "signer of huaweicloudsdkcore, verifying hss",
                command: "venv/bin/pytest --quiet test_hss.py",
            },
        ],
    },
    Project {
        what: What::Signing,
        folder: "python-sdk",
        needs: &[PYTHON],
        install: INSTALL_SDK,
        version: SDK_VERSION,
        suites: &[Suite {
            witness: "signer of huaweicloudsdkcore, beside huaweicloud-auth",
            command: "venv/bin/pytest --quiet test_signing.py",
        }],
    },
    Project {
        what: What::Sdk,
        folder: "go-sdk",
        needs: &[GO],
        install: "go vet .",
        version: "go list -m -f '{{.Version}}' github.com/huaweicloud/huaweicloud-sdk-go-v3",
        suites: &[Suite {
            witness: "huaweicloud-sdk-go-v3, calling hss-sim and reading what hss reads",
            command: "go test -count=1",
        }],
    },
    // The package for HSS that Maven Central has knows neither operation.
    Project {
        what: What::Sdk,
        folder: "java-sdk",
        needs: &[MAVEN],
        install: "",
        version: "sed -n '/huaweicloud-sdk-core/{n;s/[^0-9.]//g;p;}' pom.xml",
        suites: &[Suite {
            witness: "huaweicloud-sdk-core for Java, calling hss-sim",
            command: "mvn --batch-mode --quiet test",
        }],
    },
];

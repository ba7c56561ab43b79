//! The languages: what each needs, how it is checked, and what its client cannot do. The commands that install, generate and
//! make a first call stand in openapi/README.md.

use super::steps::Tool;

/// The mainstream generator of a language and our program that uses its client.
pub struct Language {
    /// The folder under openapi/conformance, and the README's block.
    pub name: &'static str,
    pub generator: &'static str,
    /// The command that says the generator's version.
    pub version: &'static str,
    pub needs: &'static [Tool],
    /// The strict checkers of the language.
    pub checks: &'static [&'static str],
    /// Makes the calls, one a line.
    pub program: &'static str,
    /// Beginnings of names of cases, each with the reason why the client cannot take them.
    pub cannot: &'static [(&'static str, &'static str)],
}

pub const PYTHON_3: Tool = Tool {
    probe: "python3 -c 'import venv, ensurepip'",
    needs: "python3 with venv (on Debian: python3-venv)",
};
const JRE: Tool = Tool {
    probe: "java -version",
    needs: "java 11 or later (on Debian: default-jre-headless)",
};
pub const GO_1: Tool = Tool {
    probe: "go version",
    needs: "go 1.21 or later (on Debian: golang-go)",
};
pub const MAVEN: Tool = Tool {
    probe: "javac -version && mvn --version",
    needs: "javac 17 or later and mvn (on Debian: default-jdk-headless maven)",
};
const NODE: Tool = Tool {
    probe: "node --version && npm --version",
    needs: "node 20 or later with npm (on Debian: nodejs npm)",
};

pub const PYTHON: Language = Language {
    name: "python",
    generator: "openapi-generator, python",
    version: "venv/bin/openapi-generator-cli version",
    needs: &[PYTHON_3, JRE],
    // What is generated is not ours to mend.
    checks: &["venv/bin/mypy --strict --follow-imports=silent first.py cases.py"],
    program: "exec venv/bin/python cases.py",
    cannot: &[],
};

pub const TYPESCRIPT: Language = Language {
    name: "typescript",
    generator: "openapi-typescript with openapi-fetch",
    version: "node_modules/.bin/openapi-typescript --version",
    needs: &[NODE],
    // Compiles wrong.ts too.
    checks: &["node_modules/.bin/tsc --noEmit"],
    program: "exec node built/cases.js",
    cannot: &[],
};

pub const GO: Language = Language {
    name: "go",
    generator: "openapi-generator, go",
    version: "venv/bin/openapi-generator-cli version",
    needs: &[GO_1, PYTHON_3, JRE],
    checks: &["go vet ./...", "go build -o run-cases ./cases"],
    program: "exec ./run-cases",
    cannot: &[],
};

pub const JAVA: Language = Language {
    name: "java",
    generator: "openapi-generator-maven-plugin, java native",
    version: "sed -n '/openapi-generator-maven-plugin/{n;s/[^0-9.]//g;p;}' pom.xml",
    needs: &[MAVEN],
    // The project compiles with warnings as errors too, but for deprecated methods that the generated client calls.
    checks: &["javac -Xlint:all -Werror -d target/checked -cp 'target/classes:target/lib/*' src/main/java/*.java"],
    program: "exec java -cp 'target/classes:target/lib/*' Cases",
    cannot: &[],
};

//! `cargo xtask page`: each document as one page that can be read without a network.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::target;
use super::tools::Tools;
use crate::document::{components, operations, text, walk};
use crate::documents::documents;
use crate::lower;

const TEMPLATE: &str = "openapi/tools/page.html";
const LOOK: &str = "openapi/tools/look.mjs";
const SCRIPT: &str = "rapidoc/dist/rapidoc-min.js";
const LICENCES: [&str; 2] = ["rapidoc/LICENSE.txt", "rapidoc/dist/rapidoc-min.js.LICENSE.txt"];
/// The page is sent by mail and kept in repositories.
const MOST_BYTES: usize = 1_000_000;
/// A desktop and a phone.
const WIDTHS: [u64; 2] = [1280, 390];
/// Nobody listens there, and nothing leaves the machine.
const SANITY_URL: &str = "http://127.0.0.1:9/sanity";

/// Writes a page of each document under target/; with `check` looks at it in Chromium too.
pub fn run(root: &Path, check: bool) -> Result<()> {
    let folder = target(root).join("page");
    fs::create_dir_all(&folder)?;
    for document in documents(root)? {
        let path = folder.join(format!("{}.html", document.stem()));
        let value = document.read(root).map_err(anyhow::Error::msg)?.value;
        let page = html(root, &value)?;
        fs::write(&path, &page)?;
        crate::println_lossy!("{}: {} bytes", path.display(), page.len());
        if check {
            look(root, &path, &page, &value)?;
        }
    }
    Ok(())
}

/// The page: the document and all that shows it in one text.
pub fn html(root: &Path, document: &Value) -> Result<String> {
    let tools = Tools::installed(root)?;
    let read = |path: PathBuf| fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()));
    let title = format!(
        "{} {}",
        text(&document["info"], "title"),
        text(&document["info"], "version")
    );
    let licences = LICENCES
        .iter()
        .map(|file| read(tools.file(file)))
        .collect::<Result<Vec<_>>>()?
        .join("\n");
    ensure!(
        !licences.contains("-->"),
        "a licence of RapiDoc would end the comment that it stands in"
    );
    let script = read(tools.file(SCRIPT))?;
    // The map lies beside the script in its package alone, and a browser's tools would ask for it.
    let script = script.split("//# sourceMappingURL=").next().unwrap_or_default();
    ensure!(
        !script.contains("</script"),
        "RapiDoc's script would end the element that it stands in"
    );
    let document = lower::flat(document).to_string().replace('<', "\\u003c");
    let page = fill(
        &read(root.join(TEMPLATE))?,
        &[
            ("title", &title),
            ("licences", &licences),
            ("script", script.trim_end()),
            ("document", &document),
        ],
    )?;
    ensure!(
        page.len() < MOST_BYTES,
        "the page has {} bytes, and {MOST_BYTES} are too many",
        page.len()
    );
    Ok(page)
}

/// Fills each place once, so that what is filled in is never searched.
fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut page = String::new();
    let mut rest = template;
    for (name, value) in values {
        let (before, after) = rest
            .split_once(&format!("{{{name}}}"))
            .with_context(|| format!("{TEMPLATE} has no place for {name} where it is expected"))?;
        page.push_str(before);
        page.push_str(value);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// Fails where the page asks for anything, does not show all, or does not fit; and where that would not be noticed.
fn look(root: &Path, path: &Path, page: &str, document: &Value) -> Result<()> {
    for found in looks(root, path)? {
        let problems = problems(document, &found);
        ensure!(
            problems.is_empty(),
            "at width {}: {}",
            found["width"],
            problems.join("; ")
        );
        crate::println_lossy!("width {}: shows all, fits, asks for nothing", found["width"]);
    }
    // Without the policy that forbids it, and with one request more: only that one may be seen, and it must be.
    let open = page
        .replace("default-src 'none'; img-src data:;", "")
        .replace("</body>", &format!("<img src=\"{SANITY_URL}\"></body>"));
    let sanity = path.with_file_name("sanity.html");
    fs::write(&sanity, open)?;
    for found in looks(root, &sanity)? {
        ensure!(
            found["asked"] == serde_json::json!([SANITY_URL]),
            "the sanity check saw: {}",
            found["asked"]
        );
    }
    crate::println_lossy!("sanity check: an extra request is noticed");
    Ok(())
}

fn looks(root: &Path, page: &Path) -> Result<Vec<Value>> {
    let mut command = Tools::installed(root)?.script(&root.join(LOOK));
    command
        .arg(chromium()?)
        .arg(page)
        .arg(page.with_extension(""))
        .args(WIDTHS.map(|width| width.to_string()));
    let output = command.output().context("node does not start")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "the page could not be looked at:\n{}",
        said.trim()
    );
    let looks: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    ensure!(
        looks.len() == WIDTHS.len(),
        "the page was looked at {} times",
        looks.len()
    );
    Ok(looks)
}

fn problems(document: &Value, found: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for (list, what) in [("asked", "asks for"), ("faults", "reports")] {
        problems.extend(
            found[list]
                .as_array()
                .into_iter()
                .flatten()
                .map(|item| format!("it {what} {item}")),
        );
    }
    if found["wide"].as_u64() > found["width"].as_u64() {
        problems.push(format!("it is {} wide", found["wide"]));
    }
    let shown = text(found, "text");
    let mut wanted = vec![text(&document["info"], "title").to_owned()];
    for operation in operations(document) {
        wanted.extend([text(operation.value, "summary"), operation.path].map(str::to_owned));
        // The first example is the one that is shown.
        let examples = &operation.value["requestBody"]["content"]["application/json"]["examples"];
        let first = examples.as_object().and_then(|examples| examples.values().next());
        walk(
            first.map_or(&Value::Null, |first| &first["value"]),
            "",
            &mut |_, value| wanted.extend(value.as_str().map(str::to_owned)),
        );
    }
    for (_, schema) in components(document, "schemas") {
        wanted.extend(
            schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone()),
        );
    }
    let missing = wanted.iter().filter(|wanted| !shown.contains(&**wanted));
    problems.extend(missing.map(|wanted| format!("it does not show {wanted:?}")));
    problems
}

/// Chromium by the name it has here.
fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
        .context(
            "Chromium is missing. Install it (on Debian: the package chromium), or name it in the variable CHROMIUM",
        )
}

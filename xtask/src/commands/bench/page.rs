//! The page with the table.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::side::{Report, Side};

/// All rounds of one load.
pub struct Cell {
    numbers: [usize; 3],
    /// Of each side.
    reports: Vec<Vec<(Report, f64)>>,
}

impl Cell {
    pub fn new(numbers: [usize; 3], sides: usize) -> Self {
        let reports = (0..sides).map(|_| Vec::new()).collect();
        Self { numbers, reports }
    }

    /// Adds a round of a side, and the server's CPU time for it.
    pub fn add(&mut self, side: usize, report: Report, server: f64) {
        self.reports[side].push((report, server));
    }

    /// A number of a side in all rounds: median, and the smallest and the largest.
    fn of(&self, side: usize, number: impl Fn(&(Report, f64)) -> f64) -> Spread {
        let mut all: Vec<f64> = self.reports[side].iter().map(number).collect();
        all.sort_by(f64::total_cmp);
        Spread {
            median: all[all.len() / 2],
            least: all[0],
            most: all[all.len() - 1],
        }
    }
}

struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.median < 100.0);
        let Self { median, least, most } = self;
        write!(f, "{median:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}

/// The page as Markdown.
pub struct Page(String);

impl Page {
    pub fn new(root: &Path, rounds: usize, sides: &[Side], cells: &[Cell], sizes: &[f64]) -> Result<Self> {
        let mut text = include_str!("head.md").replace("ROUNDS", &rounds.to_string());
        let [loads @ .., whole] = cells else {
            anyhow::bail!("nothing was measured");
        };
        for cell in loads {
            let [_, in_flight, hosts] = cell.numbers;
            text += &format!("\n## {} in flight, {hosts} {} in each\n\n", in_flight, plural(hosts));
            text += "| side | calls a second | CPU of the client, µs a call | beside the first of its kind | allocations a call | \
                     bytes allocated a call | client busy | server's CPU, µs a call |\n|---|---|---|---|---|---|---|---|\n";
            for (index, side) in sides.iter().enumerate() {
                let cpu = |index| cell.of(index, |(report, _)| report.cpu_seconds / report.calls * 1e6);
                // By hand with a token is the first of the two with a token, by hand and signed of all others.
                let ratio = cpu(index).median / cpu(if index < 2 { 0 } else { 2 }).median;
                let count = |of: fn(&Report) -> Option<f64>| match of(&cell.reports[index][0].0) {
                    Some(_) => {
                        let spread = cell.of(index, |(report, _)| of(report).unwrap_or_default() / report.calls);
                        format!("{:.0}", spread.median)
                    }
                    None => "-".to_owned(),
                };
                text += &format!(
                    "| {} | {} | {} | {ratio:.2} | {} | {} | {:.0} % | {:.0} |\n",
                    side.name,
                    cell.of(index, |(report, _)| report.calls / report.seconds),
                    cpu(index),
                    count(|report| report.allocations),
                    count(|report| report.bytes),
                    100.0 * cell.of(index, |(report, _)| report.cpu_seconds / report.seconds).median,
                    cell.of(index, |(report, server)| server / report.calls * 1e6).median,
                );
            }
        }
        text += "\n## A program that makes one call\n\n| side | from start to end, ms | most memory, MiB | installed, MiB |\n\
                 |---|---|---|---|\n";
        for (index, (side, size)) in sides.iter().zip(sizes).enumerate() {
            text += &format!(
                "| {} | {} | {:.1} | {:.1} |\n",
                side.name,
                whole.of(index, |(report, _)| report.whole * 1e3),
                whole.of(index, |(report, _)| report.peak_kib / 1024.0).median,
                size,
            );
        }
        text += &format!("\n{}\n", machine(root)?);
        Ok(Self(text))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn plural(hosts: usize) -> &'static str {
    if hosts == 1 { "server" } else { "servers" }
}

/// When and on what, in a sentence.
fn machine(root: &Path) -> Result<String> {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root).output()?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> = processors
        .lines()
        .filter(|line| line.starts_with("model name"))
        .collect();
    let model = models
        .first()
        .and_then(|line| line.split_once(": "))
        .map_or("", |(_, model)| model);
    let settings: Vec<String> = std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_PROFILE_"))
        .map(|(name, value)| format!(", {name}={value}"))
        .collect();
    Ok(format!(
        "Measured on {} at commit {}, load averages at the end {}: {} processors ({model}), Linux {}, {}, {}, {}{}.",
        said("date", &["-u", "+%F"])?,
        said("git", &["rev-parse", "--short", "HEAD"])?,
        fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
        models.len(),
        said("uname", &["-r"])?,
        said("rustc", &["--version"])?,
        said("go", &["version"])?.replace("go version ", ""),
        said("python3", &["--version"])?,
        settings.concat(),
    ))
}

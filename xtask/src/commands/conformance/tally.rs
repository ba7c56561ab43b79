//! Who was witness to what, and where it did not hold.

use std::collections::BTreeMap;

/// So many characters of what a failure says: bodies can be long.
const SHOWN: usize = 4_000;

/// The cases of one witness.
pub struct Tally {
    witness: String,
    version: String,
    cases: usize,
    /// Of the cases, those that a client refused itself, rightly or not.
    refused: usize,
    /// Reasons, each with the cases that it holds for.
    skipped: BTreeMap<&'static str, Vec<String>>,
    /// The case, and what is wrong with it.
    failures: Vec<(String, String)>,
}

impl Tally {
    pub fn new(witness: impl Into<String>, version: &str) -> Self {
        Self {
            witness: witness.into(),
            version: version.to_owned(),
            cases: 0,
            refused: 0,
            skipped: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Counts a case, which fails where there is a problem.
    pub fn case(&mut self, name: &str, problems: &[String]) {
        self.cases(1, name, problems);
    }

    /// Counts cases of which the witness says only together whether they fail.
    pub fn cases(&mut self, count: usize, name: &str, problems: &[String]) {
        self.cases += count;
        if !problems.is_empty() {
            let problems: String = problems.join("; ").chars().take(SHOWN).collect();
            self.failures.push((name.to_owned(), problems));
        }
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// The names of the cases that failed.
    pub fn failed(&self) -> Vec<&str> {
        self.failures.iter().map(|(case, _)| case.as_str()).collect()
    }

    /// Notes a case that the witness cannot take.
    pub fn skip(&mut self, name: &str, why: &'static str) {
        self.skipped.entry(why).or_default().push(name.to_owned());
    }

    /// Notes that the case which is counted next was not sent.
    pub fn refused_here(&mut self) {
        self.refused += 1;
    }
}

/// Names each failure and prints the table. True where there is no failure, and no witness without a case.
pub fn show(tallies: &[Tally]) -> bool {
    for tally in tallies {
        for (case, problems) in &tally.failures {
            eprintln!("{}: {case}: {problems}", tally.witness);
        }
        if tally.cases == 0 {
            eprintln!("{}: there was no case", tally.witness);
        }
    }
    for tally in tallies {
        for (why, names) in &tally.skipped {
            eprintln!("{}: not run, because {why}: {}", tally.witness, names.join(", "));
        }
    }
    println!("| witness | version | cases | refused before sending | not run | failures |");
    println!("|---|---|---|---|---|---|");
    for tally in tallies {
        let skipped: usize = tally.skipped.values().map(Vec::len).sum();
        println!(
            "| {} | {} | {} | {} | {skipped} | {} |",
            tally.witness,
            tally.version,
            tally.cases,
            tally.refused,
            tally.failures.len()
        );
    }
    tallies.iter().all(|tally| tally.cases > 0 && tally.failures.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_problem_is_a_failure_and_no_case_is_no_success() {
        let mut tally = Tally::new("w", "1");
        tally.case("a", &[]);
        assert!(show(std::slice::from_ref(&tally)));
        tally.case("b", &["odd".to_owned()]);
        assert!(!show(&[tally]));
        assert!(!show(&[Tally::new("w", "1")]));
    }
}

//! Who was witness to what, and where it did not hold.

/// So many characters of what a failure says: bodies can be long.
const SHOWN: usize = 1_000;

/// The cases of one witness.
pub struct Tally {
    witness: String,
    version: String,
    cases: usize,
    failures: Vec<String>,
}

impl Tally {
    pub fn new(witness: impl Into<String>, version: &str) -> Self {
        Self {
            witness: witness.into(),
            version: version.to_owned(),
            cases: 0,
            failures: Vec::new(),
        }
    }

    /// Counts a case, which fails where there is a problem.
    pub fn case(&mut self, name: &str, problems: &[String]) {
        self.cases += 1;
        if !problems.is_empty() {
            let problems: String = problems.join("; ").chars().take(SHOWN).collect();
            self.failures.push(format!("{name}: {problems}"));
        }
    }
}

/// Names each failure and prints the table. True where there is no failure, and no witness without a case.
pub fn show(tallies: &[Tally]) -> bool {
    for tally in tallies {
        for failure in &tally.failures {
            eprintln!("{}: {failure}", tally.witness);
        }
        if tally.cases == 0 {
            eprintln!("{}: there was no case", tally.witness);
        }
    }
    println!("| witness | version | cases | failures |");
    println!("|---|---|---|---|");
    for tally in tallies {
        let (witness, version, cases) = (&tally.witness, &tally.version, tally.cases);
        println!("| {witness} | {version} | {cases} | {} |", tally.failures.len());
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

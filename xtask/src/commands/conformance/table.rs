//! The table that ends a run.

/// A suite that ran.
pub struct Row {
    witness: String,
    version: String,
    /// Cases run, those of them that the client refused before sending, and those that it cannot run.
    counts: [usize; 3],
    problem: Option<String>,
}

impl Row {
    pub fn new(witness: &str, version: &str, counts: [usize; 3], problem: Option<String>) -> Self {
        Self {
            witness: witness.to_owned(),
            version: version.to_owned(),
            counts,
            problem,
        }
    }

    pub fn failed(witness: &str, version: &str, problem: String) -> Self {
        Self::new(witness, version, [0; 3], Some(problem))
    }

    /// A suite without a case shows nothing.
    fn is_good(&self) -> bool {
        self.problem.is_none() && self.counts[0] > 0
    }
}

/// Shows each problem and prints the table. True where there is a row and no problem.
pub fn show(rows: &[Row]) -> bool {
    for row in rows.iter().filter(|row| !row.is_good()) {
        let problem = row.problem.as_deref().unwrap_or("there was no case");
        eprintln!("{}: {problem}", row.witness);
    }
    println!("| witness | version | cases | refused before sending | not run | result |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let ([cases, refused, not_run], result) = (row.counts, if row.is_good() { "ok" } else { "FAILED" });
        let (witness, version) = (&row.witness, &row.version);
        println!("| {witness} | {version} | {cases} | {refused} | {not_run} | {result} |");
    }
    !rows.is_empty() && rows.iter().all(Row::is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_or_no_case_is_a_failure() {
        let good = || Row::new("w", "1", [1, 0, 0], None);
        assert!(show(&[good()]));
        assert!(!show(&[good(), Row::new("w", "1", [1, 0, 0], Some("odd".to_owned()))]));
        assert!(!show(&[Row::new("w", "1", [0, 0, 1], None)]));
        assert!(!show(&[]));
    }
}

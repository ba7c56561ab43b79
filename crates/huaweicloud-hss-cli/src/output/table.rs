//! Text tables.

use console::{Term, measure_text_width};

/// No column of a table that fits is narrower than this, unless its cells are.
const MIN_WIDTH: usize = 8;

/// The width of the terminal, if standard output is one.
pub(crate) fn terminal_width() -> Option<usize> {
    let stdout = Term::stdout();
    let size = stdout.is_term().then(|| stdout.size_checked()).flatten();
    size.map(|(_, columns)| columns.into())
}

/// The headings and the rows. No line is longer than the width, if there is one; longer cells go on in the next line. The
/// first column has ids to copy, so it is whole: where too little is left for the others, they stand below it.
pub(crate) fn fitted<const N: usize>(headings: [&str; N], rows: &[[String; N]], width: Option<usize>) -> String {
    let headings = headings.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let mut widths: [usize; N] = [0; N];
    for cells in all() {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    // Each column has two blanks before it.
    let available = width.map(|width| width.saturating_sub(2 * N));
    let least = |widths: &[usize; N]| widths.iter().skip(1).map(|width| MIN_WIDTH.min(*width)).sum::<usize>();
    if available.is_some_and(|available| widths.first().map_or(0, |first| *first) + least(&widths) > available) {
        return rows.iter().map(|row| block(&headings, row)).collect();
    }
    while available.is_some_and(|available| widths.iter().sum::<usize>() > available) {
        match widths.iter_mut().skip(1).max() {
            Some(widest) if *widest > MIN_WIDTH => *widest -= 1,
            _ => break,
        }
    }
    let mut text = String::new();
    for cells in all() {
        let mut rest: [&str; N] = cells.each_ref().map(String::as_str);
        loop {
            let mut line = String::new();
            for (rest, width) in rest.iter_mut().zip(widths) {
                let (now, later) = rest.split_at(fitting(rest, width));
                *rest = later.trim_start();
                let padding = width.saturating_sub(measure_text_width(now));
                line.push_str("  ");
                line.push_str(now);
                line.push_str(&" ".repeat(padding));
            }
            text.push_str(line.trim_end());
            text.push('\n');
            if rest.iter().all(|rest| rest.is_empty()) {
                break;
            }
        }
    }
    text
}

/// A row whose first cell is a line, with the others below it.
fn block<const N: usize>(headings: &[String; N], row: &[String; N]) -> String {
    let mut cells = headings.iter().zip(row);
    let mut lines: Vec<String> = cells.next().map(|(_, id)| format!("  {id}\n")).into_iter().collect();
    lines.extend(cells.map(|(heading, cell)| format!("    {heading}: {cell}\n")));
    lines.concat()
}

/// How many bytes of a text fit into a column: all, up to a blank, or as many as there is room for.
fn fitting(text: &str, width: usize) -> usize {
    if measure_text_width(text) <= width {
        return text.len();
    }
    let (mut used, mut end, mut blank) = (0, 0, 0);
    for (start, letter) in text.char_indices() {
        let next = start + letter.len_utf8();
        used += measure_text_width(text.get(start..next).unwrap_or_default());
        if letter == ' ' {
            blank = start;
        }
        if used > width && end > 0 {
            break;
        }
        end = next;
    }
    if blank > 0 { blank } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_go_on_in_the_next_line() {
        let rows = [
            ["host-a".to_owned(), "the agent of the server is offline".to_owned()],
            ["host-b".to_owned(), "\u{4e2d}".repeat(12)],
        ];
        let text = fitted(["server", "reason"], &rows, Some(30));
        assert!(text.lines().all(|line| measure_text_width(line) <= 30), "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(
            words.join(" ").contains("host-a the agent of the server is offline"),
            "{text}"
        );
        assert_eq!(fitted(["server", "reason"], &rows, None).lines().count(), 3);
        let narrow = fitted(["server", "reason"], &rows, Some(12));
        assert!(
            narrow.starts_with("  host-a\n    reason: the agent of the server is offline\n"),
            "{narrow}"
        );
    }
}

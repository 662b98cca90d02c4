//! Tables for people: aligned columns without a frame, one line a row, cut to the terminal's width.

use std::io::Write as _;

use anstyle::Style;
use comfy_table::{ContentArrangement, Row, Table as Layout, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{
    failure::Failure,
    output::{BOLD, Output},
};

/// The last column is not cut below this.
const LEAST: usize = 20;
/// What stands between two columns.
const GAP: u16 = 2;

/// Rows under headings.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    /// Headings of columns that a narrow terminal goes without, the first to go first.
    optional: &'static [&'static str],
    rows: Vec<(Vec<String>, Style)>,
}

impl Table {
    pub(crate) fn new(headings: impl IntoIterator<Item = &'static str>) -> Self {
        Self { headings: headings.into_iter().collect(), optional: &[], rows: vec![] }
    }

    /// The table without these columns, one after the other, where the terminal is too narrow for them.
    pub(crate) fn optional(mut self, headings: &'static [&'static str]) -> Self {
        self.optional = headings;
        self
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>, style: Style) {
        self.rows.push((cells.into_iter().collect(), style));
    }

    /// Writes the table. Where there is a terminal, columns are left out and the last one is cut until each row fits on one
    /// line; a program or a file gets all of it.
    pub(crate) fn write(mut self, output: &mut Output) -> Result<(), Failure> {
        // A row is a line, whatever a description holds.
        for cell in self.rows.iter_mut().flat_map(|(cells, _)| cells) {
            *cell = cell.replace(|letter: char| letter.is_control(), " ");
        }
        if let Some(width) = output.width() {
            self.fit(usize::from(width));
        }
        let mut layout = Layout::new();
        layout.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        layout.set_header(self.headings.iter().copied());
        for (cells, _) in &self.rows {
            layout.add_row(Row::from(cells));
        }
        for column in layout.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        let styles = std::iter::once(BOLD).chain(self.rows.iter().map(|(_, style)| *style));
        for (line, style) in layout.lines().zip(styles) {
            writeln!(output, "{style}{}{style:#}", line.trim_end())?;
        }
        Ok(())
    }

    /// Makes it fit into that many columns of a terminal.
    fn fit(&mut self, width: usize) {
        let mut optional = self.optional.iter();
        let left = loop {
            let left = width.saturating_sub(self.width_before_last());
            if left >= LEAST {
                break left;
            }
            match optional.next() {
                Some(heading) => self.remove(heading),
                None => break LEAST,
            }
        };
        for (cells, _) in &mut self.rows {
            if let Some(cell) = cells.last_mut()
                && cell.width() > left
            {
                *cell = cut(cell, left);
            }
        }
    }

    /// How wide the columns but the last are.
    fn width_before_last(&self) -> usize {
        let columns = self.headings.len().saturating_sub(1);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|(cells, _)| cells.get(column)).map(|cell| cell.width());
            cells.chain(self.headings.get(column).map(|heading| heading.width())).max().unwrap_or_default()
        };
        (0..columns).map(|column| widest(column) + usize::from(GAP)).sum()
    }

    fn remove(&mut self, heading: &str) {
        if let Some(column) = self.headings.iter().position(|known| *known == heading) {
            self.headings.remove(column);
            for (cells, _) in self.rows.iter_mut().filter(|(cells, _)| column < cells.len()) {
                cells.remove(column);
            }
        }
    }
}

/// The start of a text, with `…` after it, in that many columns of a terminal.
fn cut(text: &str, width: usize) -> String {
    let mut used = 1;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or_default();
        used <= width
    };
    let start: String = text.chars().take_while(fits).collect();
    format!("{}…", start.trim_end())
}

/// What stands in a cell where there is nothing.
pub(crate) fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_are_cut_by_what_they_take_on_the_screen() {
        assert_eq!(cut("Validate blocks in parallel", 17), "Validate blocks…");
        assert_eq!(cut("日本語のユーザー", 7), "日本語…");
    }

    #[test]
    fn a_narrow_terminal_goes_without_some_columns() {
        let table = || {
            let mut table = Table::new(["KEY", "A", "B", "DESCRIPTION"]).optional(&["B", "A"]);
            table.row(["key", "aaaaaaaaaa", "bbbbbbbbbb", "a description of thirty letters"].map(str::to_owned), BOLD);
            table
        };
        let fitted = |width: usize| {
            let mut table = table();
            table.fit(width);
            (table.headings.join(" "), table.rows[0].0.last().cloned().unwrap_or_default())
        };
        assert_eq!(fitted(100), ("KEY A B DESCRIPTION".into(), "a description of thirty letters".into()));
        assert_eq!(fitted(50), ("KEY A B DESCRIPTION".into(), "a description of thi…".into()));
        assert_eq!(fitted(40), ("KEY A DESCRIPTION".into(), "a description of thirt…".into()));
        assert_eq!(fitted(10), ("KEY DESCRIPTION".into(), "a description of th…".into()), "and no further");
    }
}

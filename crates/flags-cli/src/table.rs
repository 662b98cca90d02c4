//! Tables for people: aligned columns without a frame, one line a row, cut to the terminal's width.

use std::io::Write as _;

use anstyle::Style;
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table as Layout, Width};

use crate::{
    failure::Failure,
    output::{BOLD, Output},
};

/// A narrow column is not cut below this, a terminal not taken for narrower than twice this.
const LEAST: u16 = 20;

/// Rows under headings.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<(Vec<String>, Style)>,
}

impl Table {
    pub(crate) fn new(headings: impl IntoIterator<Item = &'static str>) -> Self {
        Self { headings: headings.into_iter().collect(), rows: vec![] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>, style: Style) {
        self.rows.push((cells.into_iter().collect(), style));
    }

    /// Writes the table. Where there is a terminal, its last column is cut so that each row stays on one line; a program or a
    /// file gets all of it.
    pub(crate) fn write(self, output: &mut Output) -> Result<(), Failure> {
        let mut layout = Layout::new();
        layout.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        layout.set_header(self.headings.iter().copied());
        for (cells, _) in &self.rows {
            // A row is a line, whatever a description holds.
            let mut row = Row::from(cells.iter().map(|cell| cell.replace(['\n', '\r', '\t'], " ")));
            row.max_height(1);
            layout.add_row(row);
        }
        for column in layout.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if let Some(width) = output.width() {
            let widths = layout.column_max_content_widths();
            let others: u16 = widths.iter().rev().skip(1).map(|width| width + 2).sum();
            if let Some(last) = layout.column_iter_mut().last() {
                let left = width.max(2 * LEAST).saturating_sub(others).max(LEAST);
                last.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(left)));
            }
            layout.set_content_arrangement(ContentArrangement::Dynamic).set_width(others + width);
        }
        let styles = std::iter::once(BOLD).chain(self.rows.iter().map(|(_, style)| *style));
        for (line, style) in layout.lines().zip(styles) {
            writeln!(output, "{style}{}{style:#}", line.trim_end())?;
        }
        Ok(())
    }
}

/// What stands in a cell where there is nothing.
pub(crate) fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| text.to_string())
}

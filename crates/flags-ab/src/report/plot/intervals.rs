//! Intervals below each other on one axis, with the lines that they have to pass.

use super::{
    super::{markup::Markup, writing::Writing},
    axis_label, figure, percent, pixels,
    scale::Scale,
    short,
};

/// Intervals on one axis.
pub(in crate::report) struct Intervals {
    /// What is shown.
    pub(in crate::report) title: String,
    /// The rows, from top to bottom.
    pub(in crate::report) rows: Vec<IntervalRow>,
    /// Lines besides the one at zero: where they are and what they mean.
    pub(in crate::report) lines: Vec<(f64, String)>,
    /// How numbers are written on the axis.
    pub(in crate::report) writing: Writing,
}

/// One interval.
pub(in crate::report) struct IntervalRow {
    /// Whose it is.
    pub(in crate::report) name: String,
    /// The class that gives it its colour.
    pub(in crate::report) class: String,
    /// The estimate, where there is one.
    pub(in crate::report) value: Option<f64>,
    /// Its interval, where there is one.
    pub(in crate::report) interval: Option<(f64, f64)>,
    /// The numbers in words, or why there are none.
    pub(in crate::report) words: String,
}

const ROW: f64 = 44.0;
const AXIS: f64 = 24.0;

impl Intervals {
    /// Whether there is anything to plot.
    pub(in crate::report) fn is_known(&self) -> bool {
        self.rows.iter().any(|row| row.value.is_some())
    }

    pub(in crate::report) fn write(&self, markup: &mut Markup) {
        let ends = |row: &IntervalRow| row.interval.into_iter().flat_map(|(lower, upper)| [lower, upper]);
        let values = self.rows.iter().flat_map(|row| ends(row).chain(row.value));
        let scale = Scale::over(values.chain(self.lines.iter().map(|(at, _)| *at)).chain([0.0]));
        let words: Vec<String> = self.rows.iter().map(|row| format!("{}: {}", row.name, row.words)).collect();
        let labels = if self.lines.is_empty() { 0.0 } else { 18.0 };
        let bottom = labels + self.rows.len() as f64 * ROW;
        figure(markup, &self.title, &words.join("; "), bottom + AXIS, |markup| {
            for tick in scale.ticks(6) {
                let x = percent(scale.place(tick));
                let class = if tick == 0.0 { "zero" } else { "grid" };
                let (top, bottom) = (pixels(labels), pixels(bottom));
                markup.shape("line", &[("class", class), ("x1", &x), ("x2", &x), ("y1", &top), ("y2", &bottom)]);
                axis_label(markup, scale.place(tick), bottom.parse().unwrap_or(0.0) + 16.0, &self.writing.round(tick));
            }
            for (at, meaning) in &self.lines {
                let x = percent(scale.place(*at));
                let (top, bottom) = (pixels(labels - 4.0), pixels(bottom));
                markup.shape("line", &[("class", "limit"), ("x1", &x), ("x2", &x), ("y1", &top), ("y2", &bottom)]);
                axis_label(markup, scale.place(*at), 11.0, meaning);
            }
            for (index, row) in self.rows.iter().enumerate() {
                self.row(markup, row, scale, labels + index as f64 * ROW);
            }
        });
    }

    fn row(&self, markup: &mut Markup, row: &IntervalRow, scale: Scale, top: f64) {
        let (text, middle) = (pixels(top + 15.0), top + 30.0);
        markup.element("text", &[("class", "label"), ("x", "0"), ("y", &text)], &short(&row.name, 22));
        let words = [("class", "value"), ("x", "100%"), ("y", &text), ("text-anchor", "end")];
        markup.element("text", &words, &short(&row.words, 44));
        let y = pixels(middle);
        markup.within("g", &[("class", &row.class)], |markup| {
            if let Some((lower, upper)) = row.interval {
                let (x1, x2) = (percent(scale.place(lower)), percent(scale.place(upper)));
                markup.shape("line", &[("class", "interval"), ("x1", &x1), ("x2", &x2), ("y1", &y), ("y2", &y)]);
                let (above, below) = (pixels(middle - 5.0), pixels(middle + 5.0));
                for x in [&x1, &x2] {
                    markup.shape("line", &[("class", "cap"), ("x1", x), ("x2", x), ("y1", &above), ("y2", &below)]);
                }
            }
            if let Some(value) = row.value {
                let x = percent(scale.place(value));
                markup.shape("circle", &[("class", "point"), ("cx", &x), ("cy", &y), ("r", "5")]);
            }
        });
    }
}

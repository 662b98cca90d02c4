//! The chart of the benchmarks: horizontal bars on a logarithmic scale, drawn by hand as SVG.
//!
//! Logarithmic, because subjects differ by factors of a hundred. The picture brings its own colours for light and dark
//! pages and no font, script or link.

use std::fmt::Write;

use super::{OURS, Row, Unit, answers, questions, time};

/// All in pixels.
const WIDTH: f64 = 860.0;
const LEFT: f64 = 210.0;
const RIGHT: f64 = 90.0;
const BAR: f64 = 18.0;
const GAP: f64 = 5.0;
const TITLE: f64 = 30.0;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1f2328}.q{font-weight:600}.n{text-anchor:end}\
                     .bar{fill:#9aa4b2}.ours{fill:#2f6feb}.grid{stroke:#d0d7de}.noise{stroke:#57606a}\
                     @media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#58a6ff}\
                     .grid{stroke:#30363d}.noise{stroke:#c9d1d9}}";

/// The chart of the times as an SVG document.
pub(super) fn chart(rows: &[Row]) -> String {
    let rows: Vec<Row> = rows.iter().filter(|row| row.unit == Unit::Nanoseconds).cloned().collect();
    let rows = rows.as_slice();
    let scale = Scale::over(rows);
    let mut body = String::new();
    let mut y = 8.0;
    for question in questions(rows) {
        y += TITLE;
        text(&mut body, "q", 8.0, y - 8.0, question);
        for (row, ratio) in answers(rows, question) {
            bar(&mut body, &scale, row, ratio, y);
            y += BAR + GAP;
        }
    }
    let axis = y + 12.0;
    let mut grid = String::new();
    for power in scale.low..=scale.high {
        let x = scale.x(10f64.powi(power));
        write_out(&mut grid, format_args!(r#"<line class="grid" x1="{x:.1}" y1="8" x2="{x:.1}" y2="{y:.1}"/>"#));
        write_out(
            &mut grid,
            format_args!(r#"<text text-anchor="middle" x="{x:.1}" y="{axis:.1}">{}</text>"#, round(10f64.powi(power))),
        );
    }
    let height = axis + 10.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         aria-label=\"Benchmarks, time for one iteration on a logarithmic scale\">\n<style>{STYLE}</style>\n{grid}{body}</svg>\n"
    )
}

fn bar(body: &mut String, scale: &Scale, row: &Row, ratio: Option<f64>, y: f64) {
    let (end, middle, baseline) = (scale.x(row.median), y + BAR / 2.0, y + BAR - 5.0);
    let class = if row.subject == OURS { "ours" } else { "bar" };
    text(body, "n", LEFT - 8.0, baseline, &row.subject);
    write_out(
        body,
        format_args!(
            r#"<rect class="{class}" x="{LEFT}" y="{y:.1}" width="{:.1}" height="{BAR}" rx="2"/>"#,
            (end - LEFT).max(1.0)
        ),
    );
    let (low, high) = (scale.x(row.low), scale.x(row.high));
    write_out(
        body,
        format_args!(r#"<line class="noise" x1="{low:.1}" y1="{middle:.1}" x2="{high:.1}" y2="{middle:.1}"/>"#),
    );
    let label = match ratio {
        Some(ratio) if row.subject != OURS => format!("{} ({ratio:.1}x)", time(row.median)),
        _ => time(row.median),
    };
    text(body, "", end.max(high) + 6.0, baseline, &label);
}

/// Whole powers of ten that enclose every bar.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn over(rows: &[Row]) -> Self {
        let fastest = rows.iter().map(|row| row.median).fold(f64::INFINITY, f64::min);
        let slowest = rows.iter().map(|row| row.median).fold(1.0, f64::max);
        let low = if fastest.is_finite() { power(fastest).floor() as i32 } else { 0 };
        // A bar that ends at the left edge would not be seen.
        let low = if power(fastest) <= f64::from(low) { low - 1 } else { low };
        Self { low, high: (power(slowest).ceil() as i32).max(low + 1) }
    }

    fn x(&self, nanoseconds: f64) -> f64 {
        let share = (power(nanoseconds) - f64::from(self.low)) / f64::from(self.high - self.low);
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }
}

/// The power of ten, for times of a thousandth of a nanosecond and more.
fn power(nanoseconds: f64) -> f64 {
    nanoseconds.max(1e-3).log10()
}

/// `1 ns`, `100 µs`: the label of a grid line.
fn round(nanoseconds: f64) -> String {
    let text = time(nanoseconds);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

fn text(body: &mut String, class: &str, x: f64, y: f64, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    write_out(body, format_args!(r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{content}</text>"#));
}

fn write_out(body: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(body, "{line}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::row;

    #[test]
    fn every_row_has_a_bar_as_long_as_its_logarithm() {
        let memory = Row { unit: Unit::Bytes, ..row("memory", "flags", 120.0) };
        let rows =
            [row("on", "flags", 10.0), row("on", "other", 1000.0), row("on", "a <slow> & late one", 100_000.0), memory];
        let chart = chart(&rows);
        assert_eq!(chart.matches("<rect").count(), 3);
        assert_eq!(chart.matches(r#"class="ours""#).count(), 1);
        assert!(chart.contains("a &lt;slow&gt; &amp; late one"), "{chart}");
        assert!(chart.contains("1.00 µs (100.0x)"), "{chart}");
        let widths: Vec<f64> = chart
            .lines()
            .filter(|line| line.starts_with("<rect"))
            .map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        // 10 ns, 1 µs and 100 µs stand at 1/5, 3/5 and 5/5 of a scale from 1 ns to 100 µs.
        let full = WIDTH - LEFT - RIGHT;
        for (width, share) in widths.iter().zip([0.2, 0.6, 1.0]) {
            assert!((width - share * full).abs() < 0.1, "{widths:?}");
        }
    }

    #[test]
    fn the_grid_is_labelled_in_round_numbers() {
        assert_eq!([0.1, 1.0, 100.0, 10_000.0, 1e6].map(round), ["0.1 ns", "1 ns", "100 ns", "10 µs", "1 ms"]);
    }
}

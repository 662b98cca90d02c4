//! Values over time or age, as lines with bands, and points that stand out.

use std::fmt::Write as _;

use super::{
    super::{markup::Markup, writing::Writing},
    axis_label, figure, percent, pixels,
    scale::Scale,
};

/// Lines over one axis.
pub(in crate::report) struct Lines {
    /// What is shown.
    pub(in crate::report) title: String,
    /// The same in a sentence, with its outcome.
    pub(in crate::report) description: String,
    /// The lines.
    pub(in crate::report) series: Vec<Line>,
    /// Places on the axis with their labels, in order.
    pub(in crate::report) labels: Vec<(f64, String)>,
    /// How numbers are written beside the plot.
    pub(in crate::report) writing: Writing,
    /// Whether there is a line at zero.
    pub(in crate::report) zero: bool,
}

/// One line.
pub(in crate::report) struct Line {
    /// The class that gives it its colour.
    pub(in crate::report) class: String,
    /// Its points from left to right.
    pub(in crate::report) points: Vec<LinePoint>,
}

/// A point of a line.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct LinePoint {
    /// Where on the axis.
    pub(in crate::report) at: f64,
    /// The value.
    pub(in crate::report) value: f64,
    /// Its interval, where there is one.
    pub(in crate::report) interval: Option<(f64, f64)>,
    /// Whether it stands out.
    pub(in crate::report) marked: bool,
}

const HEIGHT: f64 = 220.0;
const TOP: f64 = 14.0;
const AXIS: f64 = 24.0;

/// The units of the stretched part of the plot, to either side.
const STRETCHED: f64 = 1_000.0;

impl Lines {
    pub(in crate::report) fn write(&self, markup: &mut Markup) {
        let points = || self.series.iter().flat_map(|line| &line.points);
        let (from, to) = self.span();
        // First intervals are as wide as the sky: those of the later half decide how much of the sky is shown.
        let later = |point: &&LinePoint| point.at >= from / 2.0 + to / 2.0;
        let intervals = points().filter(later).filter_map(|point| point.interval);
        let ends = intervals.flat_map(|(lower, upper)| [lower, upper]);
        let values = points().map(|point| point.value).chain(self.zero.then_some(0.0));
        let wide = Scale::over(
            points().filter(later).map(|point| point.value).chain(self.zero.then_some(0.0)).chain(ends.clone()),
        );
        let has_intervals = points().any(|point| point.interval.is_some());
        let scale = if has_intervals { wide } else { Scale::over(values) };
        let across = |at: f64| if to > from { ((at - from) / (to - from)).clamp(0.0, 1.0) } else { 0.5 };
        let down = |value: f64| TOP + (1.0 - scale.place(value)) * HEIGHT;
        figure(markup, &self.title, &self.description, TOP + HEIGHT + AXIS, |markup| {
            for tick in scale.ticks(5) {
                let (y, class) = (pixels(down(tick)), if tick == 0.0 && self.zero { "zero" } else { "grid" });
                markup.shape("line", &[("class", class), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)]);
                let text = pixels(down(tick) - 3.0);
                markup.element("text", &[("class", "tick"), ("x", "0"), ("y", &text)], &self.writing.round(tick));
            }
            for (at, label) in &self.labels {
                axis_label(markup, across(*at), TOP + HEIGHT + 16.0, label);
            }
            self.curves(markup, across, |value| (1.0 - scale.place(value)) * STRETCHED);
            for line in &self.series {
                // A line of one point has no length.
                let lonely = line.points.len() == 1;
                for point in line.points.iter().filter(|point| (point.marked || lonely) && scale.shows(point.value)) {
                    let (x, y) = (percent(across(point.at)), pixels(down(point.value)));
                    let class = format!("{} {}", line.class, if point.marked { "marked" } else { "point" });
                    markup.shape("circle", &[("class", &class), ("cx", &x), ("cy", &y), ("r", "5")]);
                }
            }
        });
    }

    /// The lines and their bands, stretched to the width of the page; what is above or below is cut off.
    fn curves(&self, markup: &mut Markup, across: impl Fn(f64) -> f64, down: impl Fn(f64) -> f64) {
        let (top, height) = (pixels(TOP), pixels(HEIGHT));
        let view = format!("0 0 {STRETCHED} {STRETCHED}");
        let attributes = [
            ("x", "0"),
            ("y", &*top),
            ("width", "100%"),
            ("height", &*height),
            ("viewBox", &*view),
            ("preserveAspectRatio", "none"),
        ];
        let place = |point: &LinePoint, value: f64| (across(point.at) * STRETCHED, down(value));
        markup.within("svg", &attributes, |markup| {
            for line in &self.series {
                let known: Vec<(&LinePoint, (f64, f64))> =
                    line.points.iter().filter_map(|point| Some((point, point.interval?))).collect();
                if known.len() > 1 {
                    let upper = known.iter().map(|(point, (_, upper))| place(point, *upper));
                    let lower = known.iter().rev().map(|(point, (lower, _))| place(point, *lower));
                    let class = format!("{} band", line.class);
                    markup.shape("path", &[("class", &class), ("d", &path(upper.chain(lower), true))]);
                }
            }
            for line in self.series.iter().filter(|line| line.points.len() > 1) {
                let class = format!("{} line", line.class);
                let curve = path(line.points.iter().map(|point| place(point, point.value)), false);
                markup.shape("path", &[("class", &class), ("d", &curve)]);
            }
        });
    }

    /// The first and the last place on the axis.
    fn span(&self) -> (f64, f64) {
        let places = self.series.iter().flat_map(|line| &line.points).map(|point| point.at);
        places.fold((f64::MAX, f64::MIN), |(from, to), at| (at.min(from), at.max(to)))
    }
}

fn path(points: impl Iterator<Item = (f64, f64)>, closed: bool) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.enumerate() {
        let step = if index == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{step}{x:.1} {y:.1}");
    }
    if closed {
        path.push('Z');
    }
    path
}

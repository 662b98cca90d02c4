//! The steps of a funnel as bars, arm by arm.

use super::{super::markup::Markup, figure, percent, pixels, short};

/// A funnel.
pub(in crate::report) struct Steps {
    /// What is shown.
    pub(in crate::report) title: String,
    /// The same in a sentence, with its outcome.
    pub(in crate::report) description: String,
    /// The steps, from the first.
    pub(in crate::report) steps: Vec<StepBars>,
}

/// A step with a bar for each arm.
pub(in crate::report) struct StepBars {
    /// The step.
    pub(in crate::report) name: String,
    /// The bars.
    pub(in crate::report) bars: Vec<StepBar>,
}

/// A bar.
pub(in crate::report) struct StepBar {
    /// The class that gives it its colour.
    pub(in crate::report) class: String,
    /// The share of all units of the arm, and its interval; `None` if it has none.
    pub(in crate::report) share: Option<(f64, f64, f64)>,
    /// The numbers in words.
    pub(in crate::report) words: String,
}

const HEAD: f64 = 26.0;
const BAR: f64 = 24.0;

/// The bar of all units ends here, so that there is room for words behind it.
const WIDTH: f64 = 0.72;

impl Steps {
    pub(in crate::report) fn write(&self, markup: &mut Markup) {
        let bars: usize = self.steps.iter().map(|step| step.bars.len()).sum();
        let height = self.steps.len() as f64 * (HEAD + 6.0) + bars as f64 * BAR;
        figure(markup, &self.title, &self.description, height, |markup| {
            let mut top = 0.0;
            for (number, step) in self.steps.iter().enumerate() {
                let name = format!("{}. {}", number + 1, short(&step.name, 40));
                let y = pixels(top + 17.0);
                markup.element("text", &[("class", "label"), ("x", "0"), ("y", &y)], &name);
                top += HEAD;
                for bar in &step.bars {
                    bar_of_arm(markup, bar, top);
                    top += BAR;
                }
                top += 6.0;
            }
        });
    }
}

fn bar_of_arm(markup: &mut Markup, bar: &StepBar, top: f64) {
    let (y, height, full) = (pixels(top), pixels(BAR - 6.0), percent(WIDTH));
    markup.shape(
        "rect",
        &[("class", "track"), ("x", "0"), ("y", &y), ("width", &full), ("height", &height), ("rx", "2")],
    );
    if let Some((rate, lower, upper)) = bar.share {
        let (class, width) = (format!("{} bar", bar.class), percent(rate * WIDTH));
        markup.shape(
            "rect",
            &[("class", &class), ("x", "0"), ("y", &y), ("width", &width), ("height", &height), ("rx", "2")],
        );
        let (x1, x2, middle) = (percent(lower * WIDTH), percent(upper * WIDTH), pixels(top + (BAR - 6.0) / 2.0));
        markup.shape("line", &[("class", "whisker"), ("x1", &x1), ("x2", &x2), ("y1", &middle), ("y2", &middle)]);
    }
    let text = pixels(top + 13.5);
    markup.element("text", &[("class", "value"), ("x", "100%"), ("y", &text), ("text-anchor", "end")], &bar.words);
}

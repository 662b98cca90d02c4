//! Plots as inline SVG, one module for each kind.
//!
//! They are as wide as the page lets them be, and their letters stay as large as those of the page: places along the width are
//! percentages, and only curves, which have none, are stretched.

pub(super) mod intervals;
pub(super) mod lines;
mod scale;
pub(super) mod steps;

use super::markup::Markup;

/// Opens a figure with a plot of that height: what it shows in a few words, and in a sentence for those who do not see it.
fn figure(markup: &mut Markup, title: &str, description: &str, height: f64, content: impl FnOnce(&mut Markup)) {
    let number = markup.figure();
    let (title_id, description_id) = (format!("figure-{number}-title"), format!("figure-{number}-text"));
    let labels = format!("{title_id} {description_id}");
    let height = format!("{height:.0}");
    markup.within("figure", &[], |markup| {
        let attributes = [("class", "plot"), ("role", "img"), ("aria-labelledby", &*labels), ("height", &*height)];
        markup.within("svg", &attributes, |markup| {
            markup.element("title", &[("id", &title_id)], title);
            markup.element("desc", &[("id", &description_id)], description);
            content(markup);
        });
    });
}

/// A place along the width.
fn percent(place: f64) -> String {
    format!("{:.2}%", place * 100.0)
}

/// A place along the height.
fn pixels(place: f64) -> String {
    format!("{place:.1}")
}

/// The class of an arm, by its place in the experiment: the first is the control's, and the colours repeat after seven.
pub(super) fn arm_class(arm: usize, control: usize) -> String {
    let own = match arm {
        _ if arm == control => 0,
        before if before < control => 1 + before % 6,
        after => 1 + (after - 1) % 6,
    };
    format!("arm-{own}")
}

/// A name that fits into a plot; the tables have it whole.
fn short(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A label below an axis that stays within the plot.
fn axis_label(markup: &mut Markup, place: f64, y: f64, label: &str) {
    let anchor = match place {
        left if left < 0.06 => "start",
        right if right > 0.94 => "end",
        _ => "middle",
    };
    let (x, y) = (percent(place), pixels(y));
    markup.element("text", &[("class", "tick"), ("x", &x), ("y", &y), ("text-anchor", anchor)], label);
}

//! The page: what was promised and what was seen, a table for each study.

use std::fmt::Write;

use crate::{
    claim::{Row, Verdict, number},
    lab::Lab,
};

/// What a study found.
#[derive(Debug)]
pub(crate) struct Section {
    /// Its title; the list of studies has it.
    pub(crate) title: &'static str,
    /// What was simulated, and how to read the table.
    text: &'static str,
    rows: Vec<Row>,
}

impl Section {
    /// The rows with a text in front of them.
    pub(crate) fn new(text: &'static str, rows: Vec<Row>) -> Self {
        Self { title: "", text, rows }
    }

    /// The section with its title.
    pub(crate) fn titled(self, title: &'static str) -> Self {
        Self { title, ..self }
    }
}

/// Every row with the section it stands in.
pub(crate) fn rows(sections: &[Section]) -> impl Iterator<Item = (&Section, &Row)> {
    sections.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row)))
}

/// What a page is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heading {
    /// The title.
    pub(crate) title: &'static str,
    /// What was done, in a paragraph that ends before who wrote the page.
    pub(crate) about: &'static str,
    /// What one run is, in the plural.
    pub(crate) runs: &'static str,
}

/// The page as Markdown.
pub(crate) fn page(lab: &Lab, heading: Heading, sections: &[Section]) -> String {
    let count = |wanted: &[Verdict]| rows(sections).filter(|(_, row)| wanted.contains(&row.verdict())).count();
    let held = count(&[Verdict::Holds, Verdict::Cautious]);
    let (broken, warnings) = (count(&[Verdict::Broken]), count(&[Verdict::Off]));
    let promised = held + broken;
    let mut text = format!(
        "# {}\n\n\
         {} Written by `cargo xtask simulate`,\n\
         which ends with an error if a promise is broken; the same seed gives the same page on any number of threads.\n\n\
         **{held} of {promised} promises hold{}.** {warnings} rows without a promise are off, and say where a method must not be trusted.\n\n\
         - Seed {}.{} α is 0.05 and an interval is to hold the truth in 95 % of cases, unless a row says otherwise.\n\
         - *Band*: where the number lies in 99.9 % of all simulations if the promise is true to the letter. Of {promised} rows one in\n  \
         a thousand falls outside of it by chance. A number after ± is what the method itself only approximates, and widens the band.\n\
         - *Runs*: how many {} were simulated; \"all outcomes\" means that every possible outcome was listed with its\n  \
         probability, so that the number has no error at all.\n\
         - *Holds, cautious*: on the safe side of the promise by more than chance.\n\
         - *No promise*: the method is known not to keep the number in this setting, or the setting is outside of its domain. It is\n  \
         here so that the price can be seen.\n",
        heading.title,
        heading.about,
        if broken == 0 { String::new() } else { format!("; {broken} are broken") },
        lab.seed(),
        if lab.is_full() { "" } else { " **A quick look with few runs and wide bands, no evidence.**" },
        heading.runs,
    );
    text += &overview(sections);
    for section in sections {
        text += &table(section);
    }
    text
}

/// How many promises of each study held.
fn overview(sections: &[Section]) -> String {
    let mut text =
        String::from("\n| study | promises | hold | without a promise | off |\n| --- | ---: | ---: | ---: | ---: |\n");
    for section in sections {
        let count = |wanted: &[Verdict]| section.rows.iter().filter(|row| wanted.contains(&row.verdict())).count();
        let (held, off) = (count(&[Verdict::Holds, Verdict::Cautious]), count(&[Verdict::Off]));
        let (promised, unpromised) = (held + count(&[Verdict::Broken]), off + count(&[Verdict::Unpromised]));
        writeln!(text, "| {} | {promised} | {held} | {unpromised} | {off} |", section.title)
            .expect("writing to a string cannot fail");
    }
    text
}

fn table(section: &Section) -> String {
    let mut text = format!(
        "\n## {}\n\n{}\n\n\
         | method | setting | runs | promised | seen | band | verdict |\n| --- | --- | ---: | ---: | ---: | --- | --- |\n",
        section.title, section.text
    );
    for row in &section.rows {
        let runs = row.runs().map_or_else(|| String::from("all outcomes"), thousands);
        let band = match (row.runs(), row.band()) {
            (Some(_), (low, high)) => format!("{} to {}", number(low), number(high)),
            (None, _) => String::from("-"),
        };
        writeln!(
            text,
            "| {} | {} | {runs} | {} | {} | {band} | {} |",
            row.method,
            row.setting,
            row.claim(),
            row.seen(),
            row.verdict()
        )
        .expect("writing to a string cannot fail");
    }
    text
}

/// A count with spaces between its thousands.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;
    use crate::{
        claim::Claim,
        lab::{FULL, QUICK, Tally},
    };

    #[test]
    fn the_page_tells_what_held_and_what_did_not() {
        let row = |method: &str, hits: u64, claim: Claim| {
            Row::share(method, "n = 10", Tally { hits, answers: 20_000, runs: 20_000 }, claim)
        };
        let rows = vec![
            row("good", 1000, Claim::equals(0.05)),
            row("bad", 2000, Claim::equals(0.05)),
            row("known", 2000, Claim::equals(0.05).unpromised()),
            Row::exactly("listed", "n = 5", 0.04, Claim::at_most(0.05)),
        ];
        let sections = [Section::new("About it.", rows).titled("Errors")];
        let heading = Heading { title: "Simulations", about: "About.", runs: "experiments" };
        let text = page(&Lab::new(7, QUICK, NonZero::<usize>::MIN), heading, &sections);
        assert!(text.contains("**2 of 3 promises hold; 1 are broken.** 1 rows without a promise are off"), "{text}");
        assert!(text.contains("Seed 7. **A quick look"), "{text}");
        assert!(
            text.contains("| --- | ---: | ---: | ---: | ---: |\n| Errors | 3 | 2 | 1 | 1 |\n\n## Errors"),
            "{text}"
        );
        let table = "## Errors\n\nAbout it.\n\n\
            | method | setting | runs | promised | seen | band | verdict |\n\
            | --- | --- | ---: | ---: | ---: | --- | --- |\n\
            | good | n = 10 | 20 000 | 0.0500 | 0.0500 | 0.0450 to 0.0552 | holds |\n\
            | bad | n = 10 | 20 000 | 0.0500 | 0.1000 | 0.0450 to 0.0552 | **BROKEN** |\n\
            | known | n = 10 | 20 000 | (0.0500) | 0.1000 | 0.0450 to 0.0552 | no promise: **off** |\n\
            | listed | n = 5 | all outcomes | ≤ 0.0500 | 0.0400 | - | holds, cautious |\n";
        assert!(text.ends_with(table), "{text}");
        assert!(!page(&Lab::new(7, FULL, NonZero::<usize>::MIN), heading, &[]).contains("quick"));
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([7, 1000, 20_000, 1_234_567].map(thousands), ["7", "1 000", "20 000", "1 234 567"]);
    }
}

//! Reports: what they say, that they need nothing else, and that no name becomes markup. // F9, F10

use std::collections::BTreeSet;

use flags_ab::{
    analysis::{AnalysisOptions, analyze},
    analytics::{Analytics, AnalyticsPlan},
    report::{ReportInput, html, markdown},
    store::MemoryStore,
    summary::ExperimentSummary,
};

use crate::shop::{self, NAMES, Names};

/// The page and the text of a shop.
fn report(names: &Names) -> (String, String) {
    let (definition, store) = (names.definition(), names.store());
    let summary = names.summary(&store);
    let analysis = analyze(&definition, &summary, &AnalysisOptions::at(shop::now())).unwrap();
    let analytics = names.analytics(&store, &summary);
    let input = ReportInput::new(&definition, &analysis).analytics(&analytics);
    (html(&input), markdown(&input))
}

/// The tags of a page with the names of their attributes, in order.
fn tags(page: &str) -> Vec<String> {
    let page = page.split_once("</style>").unwrap().1;
    let mut tags = vec![];
    let mut rest = page;
    while let Some((_, from)) = rest.split_once('<') {
        let (tag, after) = from.split_once('>').unwrap();
        let mut parts = tag.split('"');
        let names: Vec<&str> = parts.by_ref().step_by(2).map(str::trim).collect();
        tags.push(names.join(" "));
        rest = after;
    }
    tags
}

/// Every value of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\"")).skip(1).map(|from| from.split('"').next().unwrap()).collect()
}

#[test]
fn the_text_says_what_was_put_into_the_events() {
    let (_, text) = report(&NAMES);
    insta::assert_snapshot!("a_report_as_markdown", text);
    assert!(text.contains("**Declare red the winner**") && text.contains("2026-11-25"));
}

#[test]
fn the_page_has_a_plot_and_a_table_for_everything() {
    let (page, _) = report(&NAMES);
    let mut outline = vec![];
    for tag in ["h1", "h2", "h3", "title", "desc", "caption"] {
        for part in page.split(&format!("<{tag}")).skip(1).filter(|part| part.starts_with(['>', ' '])) {
            let text = part.split_once('>').unwrap().1.split(&format!("</{tag}>")).next().unwrap();
            outline.push(format!("{tag}: {}", text.replace("<bdi>", "").replace("</bdi>", "")));
        }
    }
    insta::assert_snapshot!("the_outline_of_a_page", outline.join("\n"));
}

#[test]
fn every_element_is_closed_and_every_figure_is_described() {
    let (page, _) = report(&NAMES);
    let mut open: Vec<String> = vec![];
    for tag in tags(&page) {
        let name = tag.split(' ').next().unwrap().to_owned();
        if let Some(closed) = name.strip_prefix('/') {
            // Head and page were opened before the part that is looked at.
            if let Some(last) = open.pop() {
                assert_eq!(last, closed);
            } else {
                assert!(["head", "html"].contains(&closed), "{closed}");
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    let ids: Vec<&str> = values(&page, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "identifiers are unique");
    for label in values(&page, "aria-labelledby").iter().flat_map(|labels| labels.split(' ')) {
        assert!(ids.contains(&label), "{label}");
    }
    assert_eq!(page.matches("<figure>").count(), page.matches("<desc").count());
    assert!(page.matches("<figure>").count() > 15);
}

#[test]
fn the_page_needs_nothing_else() {
    let (page, _) = report(&NAMES);
    for outside in ["http:", "https:", "//cdn", "<script", "src=", "@import", "url(", "<iframe", "onload"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let links: Vec<&str> = values(&page, "href");
    assert_eq!(links, ["data:,"], "the empty icon, so that none is asked for");
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

/// Names that would be something else if they were written as they are.
const HOSTILE: Names = Names {
    experiment: "</title></h1><script>alert(1)</script>",
    hypothesis: "<img src=x onerror=alert(2)> & \"quotes\" 'single' ]]> --> </style>",
    arms: ["\"><svg/onload=alert(3)>", "' onmouseover='alert(4)", "<!-- \u{202e}gnp.exe"],
    metrics: ["</td></table><h1>", "a|b `c` [x](javascript:alert(5))", "&lt;b&gt;\n# heading"],
    events: ["<cart>", "&amp;", "</svg><script>", "\u{0}\u{7}<", "{{7*7}}${7*7}"],
    dimension: "<details open ontoggle=alert(6)>",
    countries: ["</desc><a href=\"javascript:1\">", "\"\"", "<", "style=\"color:red"],
};

#[test]
fn no_name_becomes_markup() {
    let ((page, _), (hostile, text)) = (report(&NAMES), report(&HOSTILE));
    // Events and countries stand in another order here and there, but the tags are the same ones.
    let sorted = |page: &str| {
        let mut tags = tags(page);
        tags.sort_unstable();
        tags
    };
    assert_eq!(sorted(&hostile), sorted(&page));
    for line in text.lines() {
        let line = line.replace("<details>", "").replace("</details>", "");
        let line = line.replace("<summary>", "").replace("</summary>", "");
        assert!(!line.contains('<') && !line.contains("[x]") && !line.contains('\0'), "{line}");
    }
}

#[test]
fn an_experiment_that_nobody_has_seen_has_a_report() {
    let definition = NAMES.definition();
    let nobody = ExperimentSummary::new(NAMES.experiment);
    let analysis = analyze(&definition, &nobody, &AnalysisOptions::at(shop::now())).unwrap();
    let analytics = Analytics::of_summary(&nobody, &definition, shop::now()).unwrap();
    let analytics = analytics.with_events(&MemoryStore::new(), &definition, &AnalyticsPlan::of(&definition)).unwrap();
    let input = ReportInput::new(&definition, &analysis).analytics(&analytics);
    insta::assert_snapshot!("a_report_of_nobody", markdown(&input));
    assert!(html(&input).contains("</html>"));
}

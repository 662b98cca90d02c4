//! A report as a page.

use super::{
    document::{Block, Cell, Document, Table, Tone},
    markup::Markup,
};

/// Nothing is loaded from anywhere and no script is run, whatever is in the page.
const HEAD: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n",
);

pub(super) fn write(document: &Document) -> String {
    let mut markup = Markup::default();
    markup.literal(HEAD);
    markup.element("title", &[], &format!("{}: {}", document.title, document.headline));
    markup.literal("<style>\n");
    markup.literal(include_str!("style.css"));
    markup.literal("</style>\n</head>\n<body>\n");
    markup.within("header", &[], |markup| {
        markup.element("p", &[("class", "kind")], "Experiment");
        markup.within("h1", &[], |markup| markup.name(&document.title));
        if let Some(lead) = &document.lead {
            markup.element("p", &[("class", "lead")], lead);
        }
        markup.within("dl", &[], |markup| {
            for (name, fact) in &document.facts {
                markup.within("div", &[], |markup| {
                    markup.element("dt", &[], name);
                    markup.element("dd", &[], fact);
                });
            }
        });
    });
    markup.within("main", &[], |markup| {
        let class = format!("decision {}", document.tone.class());
        markup.within("section", &[("class", class.trim_end()), ("aria-labelledby", "decision")], |markup| {
            markup.element("h2", &[("id", "decision")], &document.headline);
            list(markup, &document.reasons);
        });
        document.blocks.iter().for_each(|one| block(markup, one));
    });
    markup.literal("</body>\n</html>\n");
    markup.finish()
}

fn block(markup: &mut Markup, block: &Block) {
    match block {
        Block::Section(title) => markup.element("h2", &[], title),
        Block::Topic(title) => markup.within("h3", &[], |markup| markup.name(title)),
        Block::Paragraph(text) => markup.element("p", &[], text),
        Block::List(items) => list(markup, items),
        Block::Table(table) if table.long => markup.within("details", &[], |markup| {
            markup.element("summary", &[], &table.caption);
            write_table(markup, table);
        }),
        Block::Table(table) => write_table(markup, table),
        Block::Legend(arms) => markup.within("ul", &[("class", "legend")], |markup| {
            for (class, name) in arms {
                markup.within("li", &[], |markup| {
                    markup.within("svg", &[("class", "swatch"), ("aria-hidden", "true")], |markup| {
                        let class = format!("{class} line");
                        markup.shape("line", &[("class", &class), ("x1", "0"), ("x2", "28"), ("y1", "7"), ("y2", "7")]);
                    });
                    markup.name(name);
                });
            }
        }),
        Block::Intervals(plot) => plot.write(markup),
        Block::Lines(plot) => {
            markup.element("p", &[("class", "plot-title")], &plot.title);
            plot.write(markup);
        }
        Block::Steps(plot) => plot.write(markup),
    }
}

fn list(markup: &mut Markup, items: &[String]) {
    if !items.is_empty() {
        markup.within("ul", &[], |markup| items.iter().for_each(|item| markup.element("li", &[], item)));
    }
}

fn write_table(markup: &mut Markup, table: &Table) {
    // A wide table is moved sideways by itself, also with the keyboard.
    let region = [("class", "table"), ("role", "region"), ("tabindex", "0"), ("aria-label", &*table.caption)];
    markup.within("div", &region, |markup| {
        markup.within("table", &[], |markup| {
            markup.element("caption", &[], &table.caption);
            markup.within("thead", &[], |markup| {
                markup.within("tr", &[], |markup| {
                    table.head.iter().for_each(|cell| write_cell(markup, "th", "col", cell));
                });
            });
            markup.within("tbody", &[], |markup| {
                for row in &table.rows {
                    markup.within("tr", &[], |markup| {
                        for (index, cell) in row.iter().enumerate() {
                            if index == 0 {
                                write_cell(markup, "th", "row", cell);
                            } else {
                                write_cell(markup, "td", "", cell);
                            }
                        }
                    });
                }
            });
        });
    });
}

fn write_cell(markup: &mut Markup, tag: &'static str, scope: &str, cell: &Cell) {
    let class = match (cell.number, cell.tone) {
        (false, Tone::Plain) => String::new(),
        (false, tone) => tone.class().to_owned(),
        (true, tone) => format!("number {}", tone.class()).trim_end().to_owned(),
    };
    let attributes = [("scope", scope), ("class", &*class)];
    let attributes: Vec<_> = attributes.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    markup.within(
        tag,
        &attributes,
        |markup| {
            if cell.number { markup.text(&cell.text) } else { markup.name(&cell.text) }
        },
    );
}

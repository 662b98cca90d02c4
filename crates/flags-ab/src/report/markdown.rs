//! A report as Markdown.

use std::fmt::Write as _;

use super::{
    document::{Block, Document, Table, Tone},
    markup::turns_text,
};

pub(super) fn write(document: &Document) -> String {
    let mut text = format!("# {}\n\n", plain(&document.title));
    if let Some(lead) = &document.lead {
        paragraph(&mut text, lead);
    }
    // Writing to a string cannot fail.
    let _ = write!(text, "**{}**\n\n", plain(&document.headline));
    list(&mut text, &document.reasons);
    for (name, fact) in &document.facts {
        let _ = writeln!(text, "- {name}: {}", plain(fact));
    }
    text.push('\n');
    for block in &document.blocks {
        match block {
            Block::Section(title) => {
                let _ = write!(text, "## {title}\n\n");
            }
            Block::Topic(title) => {
                let _ = write!(text, "### {}\n\n", plain(title));
            }
            Block::Paragraph(words) => paragraph(&mut text, words),
            Block::List(items) => list(&mut text, items),
            Block::Table(table) => write_table(&mut text, table),
            Block::Legend(_) | Block::Intervals(_) | Block::Lines(_) | Block::Steps(_) => {}
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn paragraph(text: &mut String, words: &str) {
    text.push_str(&plain(words));
    text.push_str("\n\n");
}

fn list(text: &mut String, items: &[String]) {
    for item in items {
        let _ = writeln!(text, "- {}", plain(item));
    }
    if !items.is_empty() {
        text.push('\n');
    }
}

fn write_table(text: &mut String, table: &Table) {
    let caption = plain(&table.caption);
    // Long tables are folded, where HTML is read.
    let _ = if table.long {
        write!(text, "<details>\n<summary>{caption}</summary>\n\n|")
    } else {
        write!(text, "{caption}:\n\n|")
    };
    table.head.iter().for_each(|cell| {
        let _ = write!(text, " {} |", plain(&cell.text));
    });
    text.push_str("\n|");
    table.head.iter().for_each(|cell| text.push_str(if cell.number { " ---: |" } else { " --- |" }));
    text.push('\n');
    for row in &table.rows {
        text.push('|');
        for cell in row {
            let written = plain(&cell.text);
            let bold = matches!(cell.tone, Tone::Good | Tone::Bad | Tone::Warning);
            let _ = if bold { write!(text, " **{written}** |") } else { write!(text, " {written} |") };
        }
        text.push('\n');
    }
    text.push_str(if table.long { "\n</details>\n\n" } else { "\n" });
}

/// A text in which nothing is markup: neither of Markdown nor of the HTML that may be in it, on one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' | '!' => plain.extend(['\\', character]),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            // Only at the beginning is it the mark of a list.
            '-' | '+' if index == 0 && text.chars().nth(1) == Some(' ') => plain.extend(['\\', character]),
            other if other.is_control() => plain.push(' '),
            other if turns_text(other) => plain.push('\u{fffd}'),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(plain("a|b `c` <script> [x](y)\n# *z*"), "a\\|b \\`c\\` &lt;script&gt; \\[x\\](y) \\# \\*z\\*");
        assert_eq!(plain("- no item, +1.5 %, snake_case"), "\\- no item, +1.5 %, snake\\_case");
    }
}

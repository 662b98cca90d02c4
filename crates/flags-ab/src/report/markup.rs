//! HTML and SVG, written so that no text of anybody can become markup.

use std::fmt::Write as _;

/// A page, or a part of one, as it is written.
///
/// Tags and the names of attributes are literals of this crate; every text and every value of an attribute is escaped.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
    figures: usize,
}

/// An attribute and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Markup {
    /// What was written.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A literal of this crate, as it is.
    pub(super) fn literal(&mut self, markup: &'static str) {
        self.text.push_str(markup);
    }

    /// A number for the identifiers of a figure, another one each time.
    pub(super) fn figure(&mut self) -> usize {
        self.figures += 1;
        self.figures
    }

    /// An element and what is in it.
    pub(super) fn within(&mut self, tag: &'static str, attributes: &[Attribute<'_>], content: impl FnOnce(&mut Self)) {
        self.open(tag, attributes, ">");
        content(self);
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
        // Lines keep the page readable and matter nowhere: elements inside of sentences are written without.
        if !matches!(tag, "bdi" | "b" | "span" | "code" | "a" | "title" | "tspan" | "td" | "th") {
            self.text.push('\n');
        }
    }

    /// An element with nothing but a text in it.
    pub(super) fn element(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.within(tag, attributes, |markup| markup.text(text));
    }

    /// An element of SVG without content.
    pub(super) fn shape(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes, "/>\n");
    }

    /// A name that a person gave, kept apart from the direction of the text around it.
    pub(super) fn name(&mut self, name: &str) {
        self.element("bdi", &[], name);
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        escape(text, &mut self.text);
    }

    fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>], end: &str) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            // Writing to a string cannot fail.
            let _ = write!(self.text, " {name}=\"");
            escape(value, &mut self.text);
            self.text.push('"');
        }
        self.text.push_str(end);
    }
}

/// Escapes what would be markup in a text or in a quoted attribute, and replaces characters that no page may have.
fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            '\n' | '\t' => into.push(character),
            other if other.is_control() || turns_text(other) => into.push('\u{fffd}'),
            other => into.push(other),
        }
    }
}

/// Whether the character turns the direction of everything after it, so that a name could rewrite the sentence around it.
pub(super) fn turns_text(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut markup = Markup::default();
        let hostile = "</title><script>alert(1)</script> \" onload='x' & \u{0}\u{202e}";
        markup.element("title", &[("class", hostile)], hostile);
        let written = markup.finish();
        assert_eq!(written.matches('<').count(), 2, "{written}");
        assert_eq!(written.matches('"').count(), 2, "{written}");
        assert!(
            written.contains("&lt;script&gt;") && written.contains('\u{fffd}') && !written.contains(['\0', '\u{202e}'])
        );
    }
}

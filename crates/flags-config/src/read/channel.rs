//! `[channels.KEY]`.

use std::time::Duration;

use toml::de::DeTable;

use super::{Reader, entries};
use crate::{ChannelDefinition, ChannelKind, Code, SecretSource, leaf, shape::quoted};

/// The keys a kind of channel takes beyond those that all of them take.
fn keys_of(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "log" => Some(&[]),
        "webhook" => {
            Some(&["url", "link", "timeout", "retries", "secret_file", "secret_env", "token_file", "token_env"])
        }
        "alertmanager" => Some(&["url", "link", "timeout", "retries", "token_file", "token_env"]),
        // Reported as an unknown word, or as missing.
        _ => None,
    }
}

impl Reader<'_> {
    pub(crate) fn channel(&mut self, key: &str, table: &DeTable<'_>) -> ChannelDefinition {
        let kind = table.get("kind").and_then(|kind| kind.get_ref().as_str()).unwrap_or_default();
        let mut channel = ChannelDefinition {
            key: key.into(),
            kind: ChannelKind::Log,
            timeout: Duration::from_secs(5),
            retries: 3,
            link: None,
        };
        let (mut url, mut secret, mut token) = (None, None, None);
        let taken = keys_of(kind);
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            let text = || leaf::text(value).filter(|text| !text.is_empty());
            match name {
                "url" => url = leaf::url(value).ok(),
                "link" => channel.link = leaf::url(value).ok(),
                "timeout" => channel.timeout = self.some_time(name, entry.value, channel.timeout),
                "retries" => {
                    channel.retries =
                        leaf::integer(value).and_then(|count| count.try_into().ok()).unwrap_or(channel.retries);
                }
                "secret_file" => secret = text().map(SecretSource::File),
                "secret_env" => secret = text().map(SecretSource::Environment),
                "token_file" => token = text().map(SecretSource::File),
                "token_env" => token = text().map(SecretSource::Environment),
                _ => continue,
            }
            if let Some(taken) = taken.filter(|taken| !taken.contains(&name)) {
                let others = match taken {
                    [] => "it takes no other key than `kind`".to_owned(),
                    taken => format!("besides `kind` it takes {}", quoted(taken)),
                };
                self.report(
                    Code::CHANNEL_KEY,
                    entry.key.span(),
                    format!("a channel of kind `{kind}` takes no `{name}`"),
                )
                .label("not for this kind")
                .help(format!("remove it, or choose another `kind`; {others}"));
            }
        }
        if taken.is_some_and(|taken| taken.contains(&"url")) && !table.contains_key("url") {
            self.missing_url(key, kind);
        }
        match (kind, url) {
            ("webhook", Some(url)) => channel.kind = ChannelKind::Webhook { url, secret, token },
            ("alertmanager", Some(url)) => channel.kind = ChannelKind::Alertmanager { url, token },
            // A log, or a document that is refused.
            _ => {}
        }
        channel
    }

    fn missing_url(&mut self, key: &str, kind: &str) {
        let help = if kind == "webhook" {
            "`url` takes the address that alerts are posted to"
        } else {
            "`url` takes the address of the Alertmanager, such as `http://127.0.0.1:9093`"
        };
        let header = self.header.0.clone();
        self.report(Code::MISSING_KEY, header, format!("channel `{key}` needs `url`"))
            .label("`url` is missing")
            .help(help);
    }
}

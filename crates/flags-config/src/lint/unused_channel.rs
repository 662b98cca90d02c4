//! Channels no alert goes to.

use flags_core::PathPart;

use super::{Finding, LintCode};
use crate::{AlertDefinition, ChannelDefinition};

/// Looks at all of them at once: an alert that names no channel goes to every one.
pub(super) fn check(alerts: &[AlertDefinition], channels: &[ChannelDefinition], findings: &mut Vec<Finding>) {
    if alerts.iter().any(|alert| alert.notify.is_empty()) {
        return;
    }
    for channel in channels.iter().filter(|channel| alerts.iter().all(|alert| !alert.notify.contains(&channel.key))) {
        let path = ["channels".into(), PathPart::Key(channel.key.clone())];
        let message = format!("no alert goes to channel `{}`", channel.key);
        findings.push(
            Finding::new(LintCode::UnusedChannel, path, message).help("remove it, or name it in `notify` of an alert"),
        );
    }
}

#[cfg(test)]
mod tests {
    use flags_core::{Definitions, Timestamp};

    use crate::{Linter, Source, lint::test_support::shown, load};

    #[track_caller]
    fn found(text: &str) -> Vec<String> {
        let loaded = load(&Source::new("alerts.toml", text).into());
        let document = loaded.document.unwrap_or_else(|| panic!("{}", loaded.report));
        let definitions = Definitions::default();
        shown(
            &Linter::new(&definitions, Timestamp::default())
                .operations(&document.alerts, &document.channels)
                .findings(),
        )
    }

    #[test]
    fn a_channel_is_used_by_name_or_by_naming_none() {
        let channels = "[channels.ops]\nkind = \"log\"\n[channels.old]\nkind = \"log\"\n";
        assert_eq!(
            found(channels),
            [
                "unused-channel channels.ops: no alert goes to channel `ops`",
                "unused-channel channels.old: no alert goes to channel `old`"
            ]
        );
        let alert = format!("{channels}[alerts.refused]\nwhen = {{ reload_failed = true }}\n");
        assert_eq!(found(&alert), [""; 0]);
        assert_eq!(
            found(&format!("{alert}notify = [\"ops\"]\n")),
            ["unused-channel channels.old: no alert goes to channel `old`"]
        );
    }
}

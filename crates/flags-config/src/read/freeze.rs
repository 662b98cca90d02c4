//! Freeze windows of rollout plans, in either of their forms.

use flags_core::Timestamp;
use flags_rollout::plan::{Freeze, MinuteOfDay, Weekday};
use toml::{Spanned, de::DeValue};

use super::{Entry, Reader, entries, items};
use crate::{Code, leaf};

impl Reader<'_> {
    /// A freeze window. One that is not well formed, which is reported, holds for a moment long ago.
    pub(super) fn freeze(&mut self, item: &Spanned<DeValue<'_>>) -> Freeze {
        let (mut from, mut until, mut days, mut offset) = (None, None, None, None);
        for (name, entry) in item.get_ref().as_table().into_iter().flat_map(entries) {
            match name {
                "from" => from = Some(entry),
                "until" => until = Some(entry),
                "days" => days = Some(entry),
                "utc_offset" => offset = Some(entry),
                _ => {}
            }
        }
        let harmless = Freeze::Between {
            from: Timestamp::from_millis(0),
            until: Timestamp::from_millis(0).saturating_add(SECOND),
        };
        let (Some(from), Some(until)) = (from, until) else { return harmless };
        let read = match days {
            Some(days) => self.weekly(from, until, days, offset),
            None => self.once(from, until, offset),
        };
        read.unwrap_or(harmless)
    }

    fn once(&mut self, from: Entry<'_>, until: Entry<'_>, offset: Option<Entry<'_>>) -> Option<Freeze> {
        for entry in [from, until].into_iter().filter(|entry| leaf::time(entry.value.get_ref()).is_some()) {
            let name: &str = entry.key.get_ref();
            let message = format!("`{name}` is a time of the day, and the window names no days");
            self.report(Code::FREEZE_WINDOW, entry.value.span(), message)
                .label("on which days?")
                .help("add `days`, such as `days = [\"friday\"]`, or write instants such as `2026-12-24T00:00:00Z`");
        }
        if let Some(offset) = offset {
            self.report(Code::FREEZE_WINDOW, offset.key.span(), "`utc_offset` belongs to a window of `days`")
                .label("an instant has its own offset")
                .help("remove it");
        }
        let instant = |entry: Entry<'_>| leaf::instant(entry.value.get_ref()).ok();
        Some(Freeze::Between { from: instant(from)?, until: instant(until)? })
    }

    fn weekly(
        &mut self,
        from: Entry<'_>,
        until: Entry<'_>,
        days: Entry<'_>,
        offset: Option<Entry<'_>>,
    ) -> Option<Freeze> {
        for entry in [from, until].into_iter().filter(|entry| leaf::instant(entry.value.get_ref()).is_ok()) {
            let name: &str = entry.key.get_ref();
            let message = format!("`{name}` is an instant, and the window comes each week");
            self.report(Code::FREEZE_WINDOW, entry.value.span(), message)
                .label("expected a time of the day such as `\"16:00\"`")
                .related(days.key.span(), "by these days")
                .help("write a time of the day, or remove `days`");
        }
        let time = |entry: Entry<'_>| -> Option<MinuteOfDay> { leaf::time(entry.value.get_ref()) };
        let day = |item: &Spanned<DeValue<'_>>| {
            let word = item.get_ref().as_str()?;
            Weekday::ALL.into_iter().find(|day| day.name() == word)
        };
        let mut named: Vec<Weekday> = items(days.value.get_ref()).iter().filter_map(day).collect();
        if named.is_empty() {
            // Reported; the check of the plan need not say it again.
            named = Weekday::ALL.into();
        }
        let offset_minutes =
            offset.and_then(|entry| entry.value.get_ref().as_str()).and_then(leaf::utc_offset).unwrap_or(0);
        Some(Freeze::Weekly { days: named, from: time(from)?, until: time(until)?, offset_minutes })
    }
}

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

//! Phases whose flags are on already, or have something else that drives them.

use std::collections::{HashMap, HashSet};

use flags_core::PathPart;

use super::{Finding, LintCode, plan::is_on_for_all, sections::Sections, subject::Subject};

pub(super) fn check(subject: &Subject<'_>, sections: &Sections<'_>, findings: &mut Vec<Finding>) {
    let planned: HashSet<&str> = sections.planned().collect();
    let mut switched: HashMap<&str, &str> = HashMap::new();
    for section in sections.migrations {
        for (at, phase) in section.migration.phases().iter().enumerate() {
            let path = |field: &str| -> Vec<PathPart> {
                vec!["migrations".into(), PathPart::Key(section.key.clone()), "phases".into(), at.into(), field.into()]
            };
            if subject.flag(&phase.flag).is_some_and(|flag| is_on_for_all(subject, flag)) {
                let message = format!("`{}` is on already, so phase `{}` changes nothing", phase.flag, phase.name);
                findings.push(
                    Finding::new(LintCode::PhaseAlreadyOn, path("flag"), message)
                        .help("write `enabled = false`: the migration switches the flag on when the phase begins"),
                );
            }
            let named = [("flag", Some(&phase.flag)), ("rollback_flag", phase.rollback_flag.as_ref())];
            for (field, flag) in named.into_iter().filter_map(|(field, flag)| Some((field, flag?))) {
                let other = switched.insert(flag, &section.key).filter(|other| **other != *section.key);
                let message = match other {
                    Some(other) => format!("`{flag}` is switched by migration `{other}` as well"),
                    None if planned.contains(&**flag) => {
                        format!(
                            "`{flag}` is switched by migration `{}`, and has a rollout plan of its own",
                            section.key
                        )
                    }
                    None => continue,
                };
                findings.push(Finding::new(LintCode::TwoDrivers, path(field), message).help(
                    "each would undo what the other does; let one of them drive the flag, and the other a flag that requires it",
                ));
            }
        }
    }
}

//! Flags that hang together: the order in which they are rolled back, and what befalls the one that has to go along.

use super::{Author, Pause, Status, transition::Turn};

impl Turn<'_> {
    /// Its plan is gone: there is nothing to go on by, and nothing was wrong either.
    pub(super) fn withdrawn(&mut self) {
        if matches!(self.next.status, Status::Running(_)) {
            let text = "its plan is not defined any more (the flag or its rollout has been removed): define it again and \
                        resume, or roll back";
            self.pause(Pause::DefinitionChanged, Author::Plan, text);
        }
    }

    /// The flag it hangs on is taken back: it goes along, and that says nothing against it.
    pub(super) fn requirement_rolled_back(&mut self, flag: &str, because: &str) {
        if matches!(self.next.status, Status::Running(_) | Status::Paused(_)) {
            let text = format!("rolled back with `{flag}`, which it hangs on: {because}");
            self.roll_back(Author::Plan, text, false);
        }
    }
}

/// The flags to roll back before `flag`, and it last: whatever hangs below a flag goes before the flag itself.
///
/// `edges` are pairs of a flag and one it hangs on: a child and its parent, a flag and one it requires. Flags that do not
/// hang on `flag`, however indirectly, are not among them. The graph of a checked set has no circles; in one with circles each
/// flag still comes once. Ties are in the order of `edges`.
///
/// ```
/// use flags_rollout::machine::rollback_order;
///
/// let edges = [("express", "checkout"), ("gift", "express"), ("gift", "checkout"), ("search", "index")];
/// assert_eq!(rollback_order("checkout", &edges), ["gift", "express", "checkout"]);
/// ```
#[must_use]
pub fn rollback_order<'a>(flag: &'a str, edges: &[(&'a str, &'a str)]) -> Vec<&'a str> {
    let mut order = vec![];
    let mut seen = vec![flag];
    // Each entry: a flag, and how many edges have been looked at. A flag is done once all that hangs on it is.
    let mut open = vec![(flag, 0)];
    while let Some((current, from)) = open.pop() {
        let next = edges
            .iter()
            .enumerate()
            .skip(from)
            .find(|(_, (dependant, on))| *on == current && !seen.contains(dependant));
        match next {
            Some((at, (dependant, _))) => {
                open.push((current, at + 1));
                seen.push(dependant);
                open.push((dependant, 0));
            }
            None => order.push(current),
        }
    }
    order
}

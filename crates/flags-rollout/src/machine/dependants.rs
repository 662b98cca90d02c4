//! The order in which flags are rolled back that hang together.

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

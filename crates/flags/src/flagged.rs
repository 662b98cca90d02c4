//! An actor that knows its flags: any value, bound to a context that says which actor asks, and about which message.

use std::{
    any::type_name,
    fmt,
    ops::{Deref, DerefMut},
};

use flags_core::{AttributeName, Context, Value};

use crate::{BoundFlags, CacheStats, Flags, table::Table};

/// An actor together with the flags bound to its context.
///
/// The context has the attributes `actor_id`, which is also the targeting key, and `actor_type`; within
/// [`for_message`](Self::for_message) also `message_type`. The types are named without their paths: `Quote`, `Batch<Order>`.
/// So a definition may roll something out to a share of the actors, to actors of one type, or for one sort of message.
///
/// It dereferences to the actor, and is as much `Send` and `Sync` as the actor is. With a framework that has a state of its own
/// type, the state is a `Flagged`; with one whose trait is implemented for the actor itself, that actor has a `Flagged` inside.
///
/// ```
/// use flags::{Flagged, Flags};
///
/// struct Quote;
/// struct Pricing { asked: u32 }
///
/// impl Pricing {
///     fn quote(actor: &mut Flagged<Self>) -> &'static str {
///         actor.asked += 1;
///         if actor.for_message::<Quote>().is_enabled("detailed_quotes") { "12.00 + 2.40 VAT" } else { "14.40" }
///     }
/// }
///
/// let definitions = "
///     [features.detailed_quotes]
///     enabled = true
///     conditions = [{ attribute = 'actor_type', equals = 'Pricing' }, { attribute = 'message_type', equals = 'Quote' }]
/// ";
/// let flags = Flags::builder().toml(definitions).build()?;
/// let mut actor = Flagged::new(&flags, "pricing-7", Pricing { asked: 0 });
/// assert_eq!(Pricing::quote(&mut actor), "12.00 + 2.40 VAT");
/// assert!(!actor.flags().is_enabled("detailed_quotes"), "outside of a message there is no message type");
/// # Ok::<(), flags::BuildError>(())
/// ```
pub struct Flagged<T> {
    actor: T,
    flags: BoundFlags,
    /// By the name of the message's type.
    messages: Table<BoundFlags>,
}

impl<T> Flagged<T> {
    /// Binds an actor to flags by its id and its type.
    pub fn new(flags: &Flags, actor_id: impl Into<Box<str>>, actor: T) -> Self {
        let actor_id = actor_id.into();
        let context = Context::new(actor_id.clone())
            .set("actor_id", Value::String(actor_id))
            .set("actor_type", without_paths(type_name::<T>()));
        Self { actor, flags: flags.bind(context), messages: Table::new(usize::MAX) }
    }

    /// The actor with one more attribute in its context, or another value of it: a region, a shard, an `actor_type` that
    /// outlives the next renaming. What was remembered is forgotten.
    #[must_use]
    pub fn with(mut self, name: impl Into<AttributeName>, value: impl Into<Value>) -> Self {
        self.flags = self.flags.with(name, value);
        self.messages = Table::new(usize::MAX);
        self
    }

    /// The flags for the actor itself.
    #[must_use]
    #[inline]
    pub fn flags(&self) -> &BoundFlags {
        &self.flags
    }

    /// The flags for the actor while it handles a message of type `M`. Each type has a memory of its own.
    #[must_use]
    #[inline]
    pub fn for_message<M: ?Sized>(&self) -> &BoundFlags {
        self.for_name(type_name::<M>())
    }

    /// The same for a message type by name, where messages are the variants of one enum. What is remembered for a name is
    /// kept as long as the actor.
    ///
    /// ```
    /// use flags::{Flagged, Flags};
    ///
    /// let definition = "[features.fast_path]\nenabled = true\nconditions = [{ attribute = 'message_type', equals = 'place' }]";
    /// let flags = Flags::builder().toml(definition).build()?;
    /// let actor = Flagged::new(&flags, "book-1", ());
    /// assert!(actor.for_message_type("place").is_enabled("fast_path"));
    /// assert!(!actor.for_message_type("cancel").is_enabled("fast_path"));
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[must_use]
    pub fn for_message_type(&self, name: &'static str) -> &BoundFlags {
        self.for_name(name)
    }

    #[inline]
    fn for_name(&self, name: &'static str) -> &BoundFlags {
        self.messages
            .find_or_insert(name, || self.flags.with("message_type", without_paths(name)))
            .expect("because no program has as many names as the table takes")
    }

    /// How often the actor's memories could answer, all messages together.
    #[must_use]
    pub fn cache_stats(&self) -> CacheStats {
        self.messages.values().map(BoundFlags::cache_stats).fold(self.flags.cache_stats(), CacheStats::and)
    }

    /// The actor alone.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.actor
    }
}

impl<T> Deref for Flagged<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.actor
    }
}

impl<T> DerefMut for Flagged<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.actor
    }
}

impl<T: fmt::Debug> fmt::Debug for Flagged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flagged").field("actor", &self.actor).field("flags", &self.flags).finish_non_exhaustive()
    }
}

/// The name of a type without the paths in it: `Vec<Order>` for `alloc::vec::Vec<shop::orders::Order>`.
fn without_paths(name: &str) -> String {
    let (mut short, mut rest, mut start) = (String::with_capacity(name.len()), name, 0);
    while let Some(next) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("::") {
            short.truncate(start);
            rest = after;
            continue;
        }
        short.push(next);
        rest = &rest[next.len_utf8()..];
        if !(next.is_alphanumeric() || next == '_') {
            start = short.len();
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_their_paths() {
        struct Place<T>(T);
        let names = [
            (type_name::<Place<()>>(), "Place<()>"),
            (type_name::<Vec<Option<Flags>>>(), "Vec<Option<Flags>>"),
            (type_name::<&dyn fmt::Debug>(), "&dyn Debug"),
            (type_name::<[(u8, String); 3]>(), "[(u8, String); 3]"),
            ("place", "place"),
            ("größe::Maß", "Maß"),
            ("", ""),
        ];
        for (name, short) in names {
            assert_eq!(without_paths(name), short);
        }
        assert_eq!(Place(1).0, 1);
    }
}

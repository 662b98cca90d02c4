//! Asking the client.

use flags_core::{Attributes, Decision, Explanation, Object};

use crate::{Evaluation, Flag, FlagValue, Flags, Variant};

impl Flags {
    /// Whether the flag called `key` is on for a context; `false` for an unknown flag.
    #[must_use]
    #[inline]
    pub fn is_enabled<C: Attributes>(&self, key: &str, context: &C) -> bool {
        self.current().with(|live, counts| live.decide(key, context, counts).is_on())
    }

    /// Evaluates the flag called `key`: value, variant, reason, cause and everything else about the decision.
    #[must_use]
    #[inline]
    pub fn evaluate<C: Attributes>(&self, key: &str, context: &C) -> Evaluation {
        let live = self.current().guard();
        let outcome = live.decide(key, context, &live.meter);
        Evaluation::new(live, outcome)
    }

    /// Evaluates the flag called `key` and lends the decision to `read`: the cheapest way to look at a variant or a value.
    ///
    /// ```
    /// use flags::{Context, Flags};
    ///
    /// let flags = Flags::builder().toml("[features.theme]\nenabled = true\nvariants = { light = 1, dark = 2 }\nserve = 'dark'").build()?;
    /// assert!(flags.decide("theme", &Context::new("user-42"), |decision| decision.variant() == Some("dark")));
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[inline]
    pub fn decide<C: Attributes, R>(&self, key: &str, context: &C, read: impl FnOnce(Decision<'_>) -> R) -> R {
        self.current().with(|live, counts| read(live.set.decision(live.decide(key, context, counts))))
    }

    /// The value of a flag, or `default` where there is none of that type: the flag is unknown, off without an off variant,
    /// or of another type.
    #[must_use]
    #[inline]
    pub fn get<T: FlagValue, C: Attributes>(&self, key: &str, context: &C, default: T) -> T {
        self.current().with(|live, counts| {
            let outcome = live.ask(key, context, counts);
            live.serve(context, outcome, counts).unwrap_or(default)
        })
    }

    /// The value of a boolean flag, or `default`.
    #[must_use]
    #[inline]
    pub fn boolean<C: Attributes>(&self, key: &str, context: &C, default: bool) -> bool {
        self.get(key, context, default)
    }

    /// The value of an integer flag, or `default`.
    #[must_use]
    #[inline]
    pub fn integer<C: Attributes>(&self, key: &str, context: &C, default: i64) -> i64 {
        self.get(key, context, default)
    }

    /// The value of a float (or integer) flag, or `default`.
    #[must_use]
    #[inline]
    pub fn float<C: Attributes>(&self, key: &str, context: &C, default: f64) -> f64 {
        self.get(key, context, default)
    }

    /// The value of a string flag, or `default`, as a text of its own. [`evaluate`](Self::evaluate) lends it instead.
    #[must_use]
    pub fn string<C: Attributes>(&self, key: &str, context: &C, default: &str) -> String {
        self.get(key, context, default.to_owned())
    }

    /// The value of a structured flag, or `default`, as a copy. [`evaluate`](Self::evaluate) lends it instead.
    #[must_use]
    pub fn object<C: Attributes>(&self, key: &str, context: &C, default: Object) -> Object {
        self.get(key, context, default)
    }

    /// The name of the variant a flag serves, or `None` where the caller's default is served.
    ///
    /// ```
    /// use flags::{Context, Flags};
    ///
    /// let flags = Flags::builder().toml("[features.theme]\nenabled = true\nvariants = { light = 1, dark = 2 }\nserve = 'dark'").build()?;
    /// let theme = flags.variant("theme", &Context::new("user-42"));
    /// assert_eq!(theme.as_deref(), Some("dark"));
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn variant<C: Attributes>(&self, key: &str, context: &C) -> Option<Variant> {
        Variant::of(self.evaluate(key, context))
    }

    /// Explains the flag called `key` for a context: every step with what it found, or why it was not reached.
    #[must_use]
    pub fn explain<C: Attributes>(&self, key: &str, context: &C) -> Explanation {
        self.snapshot().explain(key, context)
    }

    /// A handle on a flag that is read often: its name is looked up once for each change.
    #[must_use]
    pub fn flag<T: FlagValue + Clone>(&self, key: &str, default: T) -> Flag<T> {
        Flag::new(self.clone(), key, default)
    }
}

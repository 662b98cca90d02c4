//! The programs in README.md and in the guides, which are compiled and run as they stand.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../docs/guide/getting-started.md")]
struct GettingStarted;

#[doc = include_str!("../../../docs/guide/testing.md")]
struct Testing;

#[doc = include_str!("../../../docs/guide/hot-reload.md")]
struct HotReload;

#[doc = include_str!("../../../docs/guide/embedding.md")]
struct Embedding;

#[cfg(feature = "axum")]
#[doc = include_str!("../../../docs/guide/binding.md")]
struct Binding;

#[cfg(feature = "alerts")]
#[doc = include_str!("../../../docs/guide/alerts.md")]
struct Alerts;

#[cfg(feature = "experiments")]
#[doc = include_str!("../../../docs/guide/experiments.md")]
struct Experiments;

#[cfg(feature = "metrics")]
#[doc = include_str!("../../../docs/guide/branches.md")]
struct Branches;

#[cfg(feature = "rollouts")]
#[doc = include_str!("../../../docs/guide/breakers.md")]
struct Breakers;

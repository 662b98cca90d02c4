//! What is said of experiments, layers and holdouts.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static EXPERIMENTS: &[CodeEntry] = &[
    code(
        "FLG070",
        "unknown-experiment",
        Error,
        [
            "An experiment that is not defined",
            "`experiments` of a holdout names experiments of the same set; `all = true` covers every one, those to come \
         included. The message names an experiment that was probably meant.",
            "[holdouts.q4]\npercentage = 5\nexperiments = [\"lable\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[holdouts.q4]\npercentage = 5\nexperiments = [\"label\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG071",
        "unknown-layer",
        Error,
        [
            "A layer that is not defined",
            "Experiments that name one layer share no unit, and a misspelled name would make them share some. A layer is \
         defined by a table `[layers.NAME]`, which may be empty.",
            "[layers.page]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nlayer = \"pag\"",
            "[layers.page]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nlayer = \"page\"",
        ],
    ),
    code(
        "FLG072",
        "unknown-arm",
        Error,
        [
            "An arm that the experiment does not have",
            "`winner` names the arm that the whole audience gets. The message lists the arms, or names the one that was \
         probably meant.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bolt\" }",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bold\" }",
        ],
    ),
    code(
        "FLG073",
        "unknown-event",
        Error,
        [
            "An event that the application does not track",
            "Where `events` in `[settings]` lists what the application tracks, a metric may name no other: one that waits for \
         an event nobody sends would find no difference, for ever.",
            "[settings]\nevents = [\"purchase\", \"visit\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"sales\", kind = \"conversion\", event = \"purchse\" }]",
            "[settings]\nevents = [\"purchase\", \"visit\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"sales\", kind = \"conversion\", event = \"purchase\" }]",
        ],
    ),
    code(
        "FLG074",
        "duplicate-name",
        Error,
        [
            "Two arms or two metrics of one name",
            "Exposures, reports and winners go by the name of an arm, verdicts by the name of a metric. Give one of the two \
         another name.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"bold\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG075",
        "control-arm",
        Error,
        [
            "Not exactly one arm is the control",
            "The other arms are compared with the control, which usually leaves things as they are. Without one there is \
         nothing to compare with, and of two it is not clear which. Mark one arm with `control = true`.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\" },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG076",
        "end-before-start",
        Error,
        [
            "An experiment that ends before it starts",
            "It would enrol nobody. The end itself is not included, so that one experiment may end when the next one starts.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nstart = 2026-12-20T00:00:00Z\nend = 2026-11-25T00:00:00Z",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nstart = 2026-11-25T00:00:00Z\nend = 2026-12-20T00:00:00Z",
        ],
    ),
    code(
        "FLG077",
        "winner-of-draft",
        Error,
        [
            "A draft that has a winner",
            "`winner` ends an experiment: the whole audience gets the arm from then on. A draft enrols nobody and has nothing \
         to end, so one of the two is a mistake. Write the status the experiment had when it was decided.",
            "[features.button]\nenabled = true\n\n[experiments.label]\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bold\" }",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"stopped\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bold\" }",
        ],
    ),
    code(
        "FLG078",
        "layer-overfull",
        Error,
        [
            "A layer of more than 100 percent",
            "Experiments of one layer share no unit: each owns a range of it as wide as its `traffic`, 100 where none is \
         written, one after the other in written order. One that is over keeps its range, since giving it away would move \
         the others.",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 60\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 60\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 40\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
        ],
    ),
    code(
        "FLG079",
        "layer-units",
        Error,
        [
            "A layer of different units",
            "The experiments of a layer take their units from the same attributes. If one went by the user and another by the \
         node, a context with both could be in both experiments.",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 50\nbucket_by = \"node_id\"\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
        ],
    ),
    code(
        "FLG080",
        "overlapping-experiments",
        Error,
        [
            "Two experiments on one flag at the same time",
            "Only one of the two arms could be served, so neither outcome would say what it seems to. Put both into one \
         layer, which keeps their units apart, or let one end before the other starts. Drafts, and experiments that are \
         stopped or decided, are in nobody's way.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\n\n[experiments.font]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[features.button]\nenabled = true\n\n[layers.page]\n\n[experiments.label]\nstatus = \"running\"\nlayer = \"page\"\ntraffic = 50\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\n\n[experiments.font]\nstatus = \"running\"\nlayer = \"page\"\ntraffic = 50\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG081",
        "metric-event",
        Error,
        [
            "The events of a metric do not fit its kind",
            "A ratio is computed from two events, `numerator` and `denominator`; every other kind from one `event`. Only a \
         custom metric may do without, as the application computes it.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"rate\", kind = \"ratio\", event = \"purchase\" }]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"rate\", kind = \"ratio\", numerator = \"purchase\", denominator = \"visit\" }]",
        ],
    ),
    code(
        "FLG082",
        "guardrail-margin",
        Error,
        [
            "A guardrail without a margin, or a margin without a guardrail",
            "That nothing got worse cannot be shown; that it got worse by less than a margin can. A guardrail needs to say \
         which relative loss is tolerated, and no other metric has one.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"latency\", kind = \"duration\", event = \"loaded\", goal = \"decrease\", role = \"guardrail\" }]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"latency\", kind = \"duration\", event = \"loaded\", goal = \"decrease\", role = \"guardrail\", margin = 0.05 }]",
        ],
    ),
];

//! What has to hold, numbered in the order it is asked.

use alloc::{string::ToString, vec};
use core::ffi::c_int;

use flags_core::{
    BucketKey, Cause, CompileOptions, Condition, Context, ControlAction, Definitions, ErrorCode, FlagDefinition,
    FlagSet, IpRange, Overlay, Percentage, Purpose, Reason, RuleDefinition, ScheduleStep, SegmentDefinition, Timestamp,
    VersionRequirement,
};

/// Asks everything; the number of the first expectation that fails is the error.
pub(crate) fn check() -> Result<(), c_int> {
    let mut expect = Expectations(0);
    bucketing(&mut expect)?;
    expressions(&mut expect)?;
    decisions(&mut expect)?;
    complaints(&mut expect)
}

/// The exit code where a fixture of this file is itself wrong.
const FIXTURE: c_int = 100;

/// Counts what was asked.
struct Expectations(c_int);

impl Expectations {
    fn that(&mut self, holds: bool) -> Result<(), c_int> {
        self.0 += 1;
        if holds { Ok(()) } else { Err(self.0) }
    }
}

/// Two vectors of the bucketing formula: the answers are those of every other platform.
fn bucketing(expect: &mut Expectations) -> Result<(), c_int> {
    let draw = BucketKey::new("a", Purpose::Holdout).hash("user-42");
    expect.that(draw.hash() == 0x4551_5568_78d5_b2d9)?;
    expect.that(draw.bucket() == 27_077)?;
    expect.that(draw.arm(&[1, 10, 1, 1000, 1000]) == Some(3))?;
    let draw = BucketKey::new("layer.checkout", Purpose::Arm).hash("node-1650169190701");
    expect.that(draw.bucket() == 77_107)?;
    expect.that(draw.arm(&[1, 0, 0, 1]) == Some(3))
}

/// The small languages inside of conditions.
fn expressions(expect: &mut Expectations) -> Result<(), c_int> {
    let requirement = VersionRequirement::parse(">=2.4.0, <3");
    expect.that(requirement.is_ok_and(|wanted| wanted.is_met_by("2.10.0") && !wanted.is_met_by("3.0.0")))?;
    let range = IpRange::parse("10.0.0.0/8");
    expect
        .that(range.is_ok_and(|range| range.contains([10, 1, 2, 3].into()) && !range.contains([11, 1, 2, 3].into())))?;
    let instant = Timestamp::parse("2026-12-01T10:00:00+01:00").map(|instant| instant.to_string());
    expect.that(instant.as_deref() == Some("2026-12-01T09:00:00Z"))?;
    #[cfg(feature = "regex")]
    {
        let pattern = flags_core::Pattern::new(r"^staff-\d+$", false);
        expect.that(pattern.is_ok_and(|pattern| pattern.is_match("staff-7") && !pattern.is_match("guest-7")))?;
    }
    Ok(())
}

/// A shop with a rule, a segment, a rollout, a parent and a schedule: decided, explained, and killed.
fn decisions(expect: &mut Expectations) -> Result<(), c_int> {
    let definitions = Definitions {
        flags: vec![shop(), checkout()?, express_lane()],
        segments: vec![
            SegmentDefinition::new("staff")
                .member("user-1")
                .when(Condition::attribute("email").ignore_case().ends_with(["@CORP.EXAMPLE"])),
        ],
        ..Definitions::default()
    };
    let checked = definitions.check().map_err(|_| FIXTURE)?;
    let set = FlagSet::compile(&checked, &CompileOptions::new("production"));
    let (before, after) = (instant("2026-11-20T00:00:00Z")?, instant("2026-12-02T00:00:00Z")?);

    let staff = Context::new("user-1");
    let decision = set.evaluate("checkout", &staff, &before);
    expect.that(decision.variant() == Some("express") && decision.reason() == Reason::TargetingMatch)?;
    expect.that(decision.rule() == Some((1, Some("staff"))))?;
    let guest = Context::anonymous();
    expect.that(set.evaluate("checkout", &guest, &before).error() == Some(ErrorCode::TargetingKeyMissing))?;

    // One more vector: this unit draws 41 426, above the 40 % of the flag and below the 60 % of December.
    let visitor = Context::new("uuuuuuuu").set("country", "NL");
    expect.that(set.evaluate("checkout", &visitor, &before).cause() == Cause::Rollout)?;
    expect.that(set.evaluate("checkout", &visitor, &before).bucket() == Some(41_426))?;
    expect.that(set.evaluate("checkout", &visitor, &after).cause() == Cause::Fallthrough)?;
    expect.that(set.is_enabled("express_lane", &visitor, &after))?;
    let explanation = set.explain("checkout", &visitor, &before).to_string();
    expect.that(explanation.contains("rollout"))?;

    let killed = set.with_overlay(&Overlay::new().with("shop", ControlAction::Kill));
    expect.that(killed.evaluate("express_lane", &visitor, &after).cause() == Cause::Kill)?;
    expect.that(set.evaluate("nowhere", &visitor, &after).error() == Some(ErrorCode::FlagNotFound))
}

fn shop() -> FlagDefinition {
    FlagDefinition::new("shop").enabled(true)
}

fn checkout() -> Result<FlagDefinition, c_int> {
    let december = ScheduleStep::at(instant("2026-12-01T00:00:00Z")?).rollout(percent(60)?);
    Ok(FlagDefinition::new("checkout")
        .enabled(true)
        .variant("classic", "classic")
        .variant("express", "express")
        .off("classic")
        .serve("classic")
        .rule(RuleDefinition::new().name("staff").when(Condition::segment("staff")).serve("express"))
        .rollout(percent(40)?)
        .schedule(december))
}

fn express_lane() -> FlagDefinition {
    let benelux = Condition::attribute("country").ignore_case().is_in(["nl", "be", "lu"]);
    FlagDefinition::new("express_lane").enabled(true).parent("shop").condition(benelux)
}

/// What is wrong is told in words.
fn complaints(expect: &mut Expectations) -> Result<(), c_int> {
    let orphan = Definitions { flags: vec![FlagDefinition::new("cart").parent("shop")], ..Definitions::default() };
    expect.that(orphan.check().is_err_and(|errors| errors.to_string().contains("there is no flag `shop`")))
}

fn percent(whole: u32) -> Result<Percentage, c_int> {
    Percentage::from_thousandths(whole * 1_000).ok_or(FIXTURE)
}

fn instant(text: &str) -> Result<Timestamp, c_int> {
    Timestamp::parse(text).ok_or(FIXTURE)
}

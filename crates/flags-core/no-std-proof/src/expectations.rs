//! What has to hold, numbered in the order it is asked.

use alloc::{string::ToString, vec};
use core::ffi::c_int;

use flags_core::{
    BucketKey, Condition, Context, Definitions, FlagDefinition, IpRange, Percentage, Purpose, RuleDefinition,
    SegmentDefinition, Timestamp, VersionRequirement,
};

/// Asks everything; the number of the first expectation that fails is the error.
pub(crate) fn check() -> Result<(), c_int> {
    let mut expect = Expectations(0);
    bucketing(&mut expect)?;
    expressions(&mut expect)?;
    definitions(&mut expect)
}

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
    expect.that(range.is_ok_and(|range| range.contains([10, 1, 2, 3].into()) && !range.contains([11, 1, 2, 3].into())))?;
    let instant = Timestamp::parse("2026-12-01T10:00:00+01:00").map(|instant| instant.to_string());
    expect.that(instant.as_deref() == Some("2026-12-01T09:00:00Z"))?;
    #[cfg(feature = "regex")]
    {
        let pattern = flags_core::Pattern::new(r"^staff-\d+$", false);
        expect.that(pattern.is_ok_and(|pattern| pattern.is_match("staff-7") && !pattern.is_match("guest-7")))?;
    }
    Ok(())
}

/// Definitions of several kinds pass the check, and what is wrong is told in words.
fn definitions(expect: &mut Expectations) -> Result<(), c_int> {
    let checkout = FlagDefinition::new("checkout")
        .enabled(true)
        .variant("classic", "classic")
        .variant("express", "express")
        .off("classic")
        .rule(RuleDefinition::new().when(Condition::segment("staff")).serve("express"))
        .rollout(Percentage::from_thousandths(50_000).ok_or(-1)?);
    let staff = SegmentDefinition::new("staff").member("user-1").when(Condition::attribute("country").equals("NL"));
    let definitions = Definitions { flags: vec![checkout], segments: vec![staff], ..Definitions::default() };
    expect.that(definitions.check().is_ok())?;

    let orphan = Definitions { flags: vec![FlagDefinition::new("cart").parent("shop")], ..Definitions::default() };
    expect.that(orphan.check().is_err_and(|errors| errors.to_string().contains("shop")))?;

    let context = Context::new("user-42").set("country", "NL");
    expect.that(context.key() == Some("user-42"))
}

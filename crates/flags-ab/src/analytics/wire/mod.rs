//! Analytics as JSON, with names that do not change.

mod parts;

use serde_json::{Value, json};

use self::parts::{effect, known, number, reason, share};
use super::{
    ActivitySeries, Analytics, FunnelArm, FunnelResult, LifetimeAge, LifetimeArm, LifetimeResult, Looks, Measured,
    SegmentResult, SegmentTable, TimeSeries, TimeSeriesValue,
};

impl Analytics {
    /// The analytics as a JSON object. A number that is not there is `null`, and a `reason` beside it has a `code`, which does
    /// not change, and a `text` for people.
    ///
    /// ```text
    /// experiment, at, alpha, looks (any_time, once), left_out: in_two_arms, in_unknown_arm
    /// time_series [metric, arm, days: [day, control, treatment: users, value, cumulative: users, effect]]
    /// segments    note, comparisons, tables: [dimension, metric, arm, heterogeneity: q, degrees_of_freedom, p, p_adjusted,
    ///             beyond_chance; rows: [segment, users, control, treatment, effect]]
    /// funnels     [funnel, comparisons, arms: [arm, control, users, window_open, steps: [
    ///             event, reached, lost, of_previous, of_all (each: value, lower, upper), median_seconds, effect]]]
    /// activity    [measured, event, arm, scale, threshold, missing, days: [day, value, expected, score, unusual]]
    /// lifetime    value, active, comparisons, left_out, arms: [arm, control, cohorts: [week, users, ages], ages]
    ///             with ages: [age, complete_from, or users, retention, value; cohorts, effect where pooled]
    /// effect      difference, lift (each: value, lower, upper), p, ln_p, p_adjusted
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = json!({
            "experiment": &*self.experiment,
            "at": self.at.to_string(),
            "alpha": self.judgement.alpha.value(),
            "looks": match self.judgement.looks {
                Looks::AnyTime { .. } => "any_time",
                Looks::Once => "once",
            },
            "left_out": {
                "in_two_arms": self.left_out.in_two_arms,
                "in_unknown_arm": self.left_out.in_unknown_arm,
            },
            "time_series": self.time_series.iter().map(time_series).collect::<Vec<_>>(),
            "segments": {
                "note": SegmentResult::EXPLORATORY,
                "comparisons": self.segments.comparisons,
                "tables": self.segments.tables.iter().map(segments).collect::<Vec<_>>(),
            },
            "funnels": self.funnels.iter().map(funnel).collect::<Vec<_>>(),
            "activity": self.activity.iter().map(activity).collect::<Vec<_>>(),
            "lifetime": self.lifetime.as_ref().map(lifetime),
        });
        format!("{document:#}\n")
    }
}

fn time_series(series: &TimeSeries) -> Value {
    let of = |value: &TimeSeriesValue| json!({"users": value.users, "value": number(&value.value)});
    let days = series.days.iter().map(|day| {
        json!({
            "day": day.day.to_string(),
            "control": of(&day.control),
            "treatment": of(&day.treatment),
            "cumulative": {"users": day.cumulative_users, "effect": effect(&day.cumulative)},
        })
    });
    json!({"metric": &*series.metric, "arm": &*series.arm, "days": days.collect::<Vec<_>>()})
}

fn segments(table: &SegmentTable) -> Value {
    let heterogeneity = match &table.heterogeneity {
        Ok(found) => json!({
            "q": found.q,
            "degrees_of_freedom": found.degrees_of_freedom,
            "p": found.p.value(),
            "p_adjusted": found.adjusted_p,
            "beyond_chance": found.beyond_chance,
        }),
        Err(why) => json!({"q": null, "reason": reason(why)}),
    };
    let rows = table.rows.iter().map(|row| {
        json!({
            "segment": &*row.value,
            "users": row.users,
            "control": number(&row.control),
            "treatment": number(&row.treatment),
            "effect": effect(&row.effect),
        })
    });
    json!({
        "dimension": &*table.dimension,
        "metric": &*table.metric,
        "arm": &*table.arm,
        "heterogeneity": heterogeneity,
        "rows": rows.collect::<Vec<_>>(),
    })
}

fn funnel(funnel: &FunnelResult) -> Value {
    json!({
        "funnel": &*funnel.name,
        "comparisons": funnel.comparisons,
        "arms": funnel.arms.iter().map(funnel_arm).collect::<Vec<_>>(),
    })
}

fn funnel_arm(arm: &FunnelArm) -> Value {
    let steps = arm.steps.iter().map(|step| {
        json!({
            "event": &*step.event,
            "reached": step.reached,
            "lost": step.lost,
            "of_previous": share(&step.of_previous),
            "of_all": share(&step.of_all),
            "median_seconds": step.median_time.map(|time| time.as_secs_f64()),
            "effect": step.effect.as_ref().map(effect),
        })
    });
    json!({
        "arm": &*arm.arm,
        "control": arm.control,
        "users": arm.users,
        "window_open": arm.window_open,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn activity(series: &ActivitySeries) -> Value {
    let (measured, event) = match &series.measured {
        Measured::NewUnits => ("new_units", None),
        Measured::Events(event) => ("events", Some(&**event)),
        Measured::MeanValue(event) => ("mean_value", Some(&**event)),
    };
    let mut fields = json!({"measured": measured, "event": event, "arm": series.arm.as_deref()});
    let more = match &series.anomalies {
        Ok(found) => json!({
            "scale": found.scale.code(),
            "threshold": found.threshold,
            "missing": found.missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "days": found.days.iter().map(|day| json!({
                "day": day.day.to_string(),
                "value": day.value,
                "expected": day.expected,
                "score": day.score,
                "unusual": day.unusual,
            })).collect::<Vec<_>>(),
        }),
        Err(why) => json!({"days": null, "reason": {"code": why.code(), "text": why.to_string()}}),
    };
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend(more);
    }
    fields
}

fn lifetime(result: &LifetimeResult) -> Value {
    json!({
        "value": &*result.value,
        "active": result.active.iter().map(|event| &**event).collect::<Vec<_>>(),
        "comparisons": result.comparisons,
        "left_out": result.left_out,
        "arms": result.arms.iter().map(lifetime_arm).collect::<Vec<_>>(),
    })
}

fn lifetime_arm(arm: &LifetimeArm) -> Value {
    let cohorts = arm.cohorts.iter().map(|cohort| {
        json!({
            "week": crate::summary::Day::of(cohort.start).to_string(),
            "users": cohort.users,
            "ages": cohort.ages.iter().enumerate().map(|(age, known)| lifetime_age(age, known)).collect::<Vec<_>>(),
        })
    });
    let ages = arm.ages.iter().enumerate().map(|(age, pooled)| {
        let mut fields = lifetime_age(age, &pooled.lifetime);
        fields["cohorts"] = json!(pooled.cohorts);
        fields["effect"] = json!(pooled.effect.as_ref().map(effect));
        fields
    });
    json!({
        "arm": &*arm.arm,
        "control": arm.control,
        "cohorts": cohorts.collect::<Vec<_>>(),
        "ages": ages.collect::<Vec<_>>(),
    })
}

fn lifetime_age(age: usize, known_of_it: &LifetimeAge) -> Value {
    match known_of_it {
        LifetimeAge::TooYoung { complete } => json!({"age": age, "complete_from": complete.to_string()}),
        LifetimeAge::Complete(lifetime) => json!({
            "age": age,
            "users": lifetime.users,
            "retention": share(&lifetime.retention),
            "value": known(&lifetime.value, &lifetime.interval),
        }),
    }
}

//! config/grafana/flags.json: the dashboard, in the JSON that Grafana imports.

use flags_metrics::table;
use serde_json::{Value, json};

use super::panels::{Look, Panel, Query, Row, rows};

/// The columns of a dashboard.
const COLUMNS: u32 = 24;
/// The height of a panel, but for one number.
const HEIGHT: u32 = 8;

/// The file.
pub(crate) fn file() -> String {
    let mut panels = vec![];
    let mut top = 0;
    for row in rows() {
        place(&row, &mut top, &mut panels);
    }
    for (at, panel) in panels.iter_mut().enumerate() {
        panel["id"] = json!(at + 1);
    }
    let dashboard = json!({
        "uid": "flags",
        "title": "Flags",
        "description": "Feature flags: evaluations, measured branches, definitions, operation. Written by `cargo xtask codegen`.",
        "tags": ["flags"],
        "schemaVersion": 39,
        "version": 1,
        "editable": true,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": { "from": "now-1h", "to": "now" },
        "timezone": "browser",
        "templating": { "list": [
            { "name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus" },
            choice("job", "Program", table::CONFIG_INFO.name, "job"),
            choice("flag", "Flag", table::EVALUATIONS.name, "flag"),
        ] },
        // A mark where what is served changed.
        "annotations": { "list": [{
            "name": "Changes of flags",
            "datasource": source(),
            "enable": true,
            "iconColor": "blue",
            "expr": format!("sum by (source) (increase({}{{job=~\"$job\"}}[1m])) > 0", table::CHANGES.name),
            "titleFormat": "flags changed ({{source}})",
        }] },
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

fn source() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

/// A choice above the panels, of the values that a label has.
fn choice(name: &str, title: &str, metric: &str, label: &str) -> Value {
    json!({
        "name": name,
        "label": title,
        "type": "query",
        "datasource": source(),
        "definition": format!("label_values({metric}, {label})"),
        "query": { "query": format!("label_values({metric}, {label})"), "refId": "choice" },
        "refresh": 2,
        "includeAll": true,
        "allValue": ".*",
        "multi": true,
        "sort": 1,
        "current": { "selected": true, "text": "All", "value": "$__all" },
    })
}

/// Adds the heading of a row and its panels, from left to right and downwards.
fn place(row: &Row, top: &mut u32, panels: &mut Vec<Value>) {
    panels.push(json!({
        "type": "row",
        "title": row.title,
        "collapsed": false,
        "gridPos": { "x": 0, "y": *top, "w": COLUMNS, "h": 1 },
        "panels": [],
    }));
    *top += 1;
    let (mut left, mut highest) = (0, 0);
    for panel in &row.panels {
        let height = if panel.look == Look::Stat { HEIGHT / 2 } else { HEIGHT };
        if left + panel.width > COLUMNS {
            *top += highest;
            (left, highest) = (0, 0);
        }
        let mut json = shown(panel);
        json["gridPos"] = json!({ "x": left, "y": *top, "w": panel.width, "h": height });
        panels.push(json);
        left += panel.width;
        highest = highest.max(height);
    }
    *top += highest;
}

fn shown(panel: &Panel) -> Value {
    let (kind, options) = match panel.look {
        Look::Stat => ("stat", json!({ "reduceOptions": { "calcs": ["lastNotNull"] }, "colorMode": "value" })),
        Look::TimeSeries => (
            "timeseries",
            json!({ "legend": { "displayMode": "list", "placement": "bottom" }, "tooltip": { "mode": "multi" } }),
        ),
        Look::Table => ("table", json!({ "showHeader": true })),
    };
    let targets: Vec<Value> =
        panel.queries.iter().enumerate().map(|(at, query)| target(at, query, panel.look)).collect();
    json!({
        "type": kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": source(),
        "fieldConfig": { "defaults": { "unit": panel.unit, "min": 0 }, "overrides": [] },
        "options": options,
        "targets": targets,
    })
}

fn target(at: usize, query: &Query, look: Look) -> Value {
    let reference = char::from(b'A' + u8::try_from(at).expect("because no panel has that many queries"));
    let now = look != Look::TimeSeries;
    json!({
        "refId": reference.to_string(),
        "datasource": source(),
        "expr": query.expression,
        "legendFormat": query.legend,
        "instant": now,
        "range": !now,
        "format": if look == Look::Table { "table" } else { "time_series" },
    })
}

//! The JSON Schema of the format, for editors.

use serde_json::{Map, Value, json};

use super::{Field, GroupRule, ListShape, MapShape, Shape, TableShape, tables::FILE};

/// The JSON Schema (draft 2020-12) of a definition file: completion and checks while typing, in every editor that reads
/// schemas for TOML. A file names it in its first line: `#:schema ./flags.schema.json`.
///
/// ```
/// let schema = flags_config::schema();
/// assert_eq!(schema["properties"]["features"]["type"], "object");
/// ```
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Definitions::default();
    let file = definitions.table(&FILE);
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Definitions of feature flags",
    });
    if let (Value::Object(root), Value::Object(file)) = (&mut root, file) {
        root.extend(file);
        root.insert("$defs".into(), Value::Object(definitions.done));
    }
    root
}

/// The schemas of tables that others refer to.
#[derive(Default)]
struct Definitions {
    done: Map<String, Value>,
}

impl Definitions {
    fn table(&mut self, table: &'static TableShape) -> Value {
        let mut properties = Map::new();
        for field in table.fields.iter().filter(|field| !(table.partial && field.identity)) {
            properties.insert(field.name.into(), self.field(field));
        }
        let mut schema = json!({
            "description": table.doc,
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        let required: Vec<&str> =
            table.fields.iter().filter(|field| field.required && !table.partial).map(|field| field.name).collect();
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        let groups: Vec<Value> =
            table.groups.iter().filter_map(|group| group_schema(group.names, group.rule, table.partial)).collect();
        if !groups.is_empty() {
            schema["allOf"] = Value::Array(groups);
        }
        schema
    }

    fn field(&mut self, field: &'static Field) -> Value {
        let mut schema = self.shape(&field.shape);
        let description = if field.default.is_empty() {
            field.doc.to_owned()
        } else {
            format!("{} Default: {}.", field.doc, field.default)
        };
        schema["description"] = Value::String(description);
        schema
    }

    /// A reference to the schema of a table, which is made when it is first named; conditions refer to themselves.
    fn reference(&mut self, table: &'static TableShape) -> Value {
        let name = table.noun.replace(' ', "-");
        if !self.done.contains_key(&name) {
            self.done.insert(name.clone(), Value::Null);
            let schema = self.table(table);
            self.done.insert(name.clone(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn shape(&mut self, shape: &'static Shape) -> Value {
        match shape {
            Shape::Any => json!({}),
            Shape::FormatVersion => json!({ "const": 1 }),
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::True => json!({ "const": true }),
            Shape::Integer { least, most } => {
                let mut schema = json!({ "type": "integer", "minimum": least });
                if *most != i64::MAX {
                    schema["maximum"] = json!(most);
                }
                schema
            }
            Shape::Number { least, most } => {
                let mut schema = json!({ "type": "number" });
                if *least != f64::MIN {
                    schema["minimum"] = json!(least);
                }
                if *most != f64::MAX {
                    schema["maximum"] = json!(most);
                }
                schema
            }
            Shape::Quantile => json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
            Shape::Percentage => json!({ "type": "number", "minimum": 0, "maximum": 100 }),
            Shape::Text => json!({ "type": "string" }),
            Shape::Name => json!({ "type": "string", "minLength": 1 }),
            Shape::Word(words) => json!({ "enum": words }),
            Shape::Instant => json!({ "type": "string", "format": "date-time" }),
            Shape::Date => json!({ "type": "string", "format": "date" }),
            Shape::Duration => json!({ "type": "string", "examples": ["30s", "5m", "24h", "7d"] }),
            Shape::InstantOrTime => json!({ "anyOf": [{ "type": "string", "format": "date-time" }, time()] }),
            Shape::UtcOffset => json!({ "type": "string", "pattern": "^(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$" }),
            // No `format`: editors would judge the expression by the syntax of another engine.
            Shape::Pattern => json!({ "type": "string" }),
            Shape::Version => json!({ "type": "string", "examples": [">=2.4.0", ">=2.4.0, <3"] }),
            Shape::IpRange => json!({ "type": "string", "examples": ["10.0.0.0/8", "2001:db8::/32"] }),
            Shape::Url => json!({ "type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+([/?#].*)?$" }),
            Shape::VariantName => json!({ "type": ["string", "boolean"] }),
            Shape::List(list) => self.list(list),
            Shape::Table(table) => self.reference(table),
            Shape::Map(map) => self.map(map),
            Shape::OneOf(shapes) => {
                let schemas: Vec<Value> = shapes.iter().map(|shape| self.shape(shape)).collect();
                json!({ "anyOf": schemas })
            }
            Shape::Variant(long) => {
                let long = self.reference(long);
                json!({
                    "if": { "type": "object", "anyOf": [{ "required": ["value"] }, { "required": ["weight"] }] },
                    "then": long,
                })
            }
        }
    }

    fn list(&mut self, list: &'static ListShape) -> Value {
        let mut schema = json!({ "type": "array", "items": self.shape(&list.item) });
        if list.least > 0 {
            schema["minItems"] = json!(list.least);
        }
        if list.most != usize::MAX {
            schema["maxItems"] = json!(list.most);
        }
        schema
    }

    fn map(&mut self, map: &'static MapShape) -> Value {
        let mut schema = json!({ "type": "object", "additionalProperties": self.shape(&map.value) });
        if map.most != usize::MAX {
            schema["maxProperties"] = json!(map.most);
        }
        schema["propertyNames"] = if map.strict_keys {
            json!({ "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$" })
        } else {
            json!({ "minLength": 1 })
        };
        schema
    }
}

/// A time of the day, in a string or as a local time of TOML.
fn time() -> Value {
    json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$", "examples": ["16:00"] })
}

fn group_schema(names: &[&str], rule: GroupRule, partial: bool) -> Option<Value> {
    let required = |name: &&str| json!({ "required": [name] });
    let any: Vec<Value> = names.iter().map(required).collect();
    let at_most_one = || {
        let pairs: Vec<Value> = (0..names.len())
            .flat_map(|first| (first + 1..names.len()).map(move |second| (first, second)))
            .map(|(first, second)| json!({ "required": [names[first], names[second]] }))
            .collect();
        json!({ "not": { "anyOf": pairs } })
    };
    match rule {
        GroupRule::One if !partial => Some(json!({ "oneOf": any })),
        GroupRule::NoneOrOne | GroupRule::One => Some(at_most_one()),
        GroupRule::OneOrMore if !partial => Some(json!({ "anyOf": any })),
        GroupRule::OneOrMore => None,
    }
}

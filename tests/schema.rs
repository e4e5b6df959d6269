//! The report's JSON Schema: it is the one of the types, and real reports keep to it.

use serde_json::Value;
use whyredis::report::schema;

mod program;

use program::{SAMPLE, root, run};

/// The part of JSON Schema (draft 2020-12) that schemars writes for these types; an unknown keyword fails the test.
struct Schema {
    root: Value,
}

impl Schema {
    fn resolve<'s>(&'s self, rule: &'s Value) -> &'s Value {
        match rule["$ref"].as_str() {
            Some(place) => self.root.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} leads nowhere")),
            None => rule,
        }
    }

    fn check(&self, rule: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let rule = self.resolve(rule);
        if *rule == Value::Bool(true) {
            return;
        }
        for (key, want) in rule.as_object().unwrap_or_else(|| panic!("{at}: {rule} is no rule")) {
            match key.as_str() {
                "$schema" | "$defs" | "title" | "description" | "format" | "default" => {}
                "$ref" => self.check(want, value, at, faults),
                "type" => {
                    let fits = |t: &Value| match t.as_str() {
                        Some("null") => value.is_null(),
                        Some("boolean") => value.is_boolean(),
                        Some("integer") => value.is_i64() || value.is_u64(),
                        Some("number") => value.is_number(),
                        Some("string") => value.is_string(),
                        Some("array") => value.is_array(),
                        Some("object") => value.is_object(),
                        other => panic!("{at}: type {other:?}"),
                    };
                    let any = want.as_array().map_or_else(|| fits(want), |all| all.iter().any(fits));
                    if !any {
                        faults.push(format!("{at}: {value} is no {want}"));
                    }
                }
                "required" => {
                    for name in want.as_array().expect("names").iter().filter_map(Value::as_str) {
                        if value.is_object() && value.get(name).is_none() {
                            faults.push(format!("{at}: {name} is missing"));
                        }
                    }
                }
                "properties" => {
                    for (name, field) in value.as_object().into_iter().flatten() {
                        match want.get(name) {
                            Some(rule) => self.check(rule, field, &format!("{at}/{name}"), faults),
                            None => faults.push(format!("{at}: {name} is not in the schema")),
                        }
                    }
                }
                "additionalProperties" => {
                    // Beside `properties` every field is named there already.
                    if rule.get("properties").is_none() && *want != Value::Bool(true) {
                        for (name, field) in value.as_object().into_iter().flatten() {
                            self.check(want, field, &format!("{at}/{name}"), faults);
                        }
                    }
                }
                "items" => {
                    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(want, item, &format!("{at}/{i}"), faults);
                    }
                }
                "prefixItems" => {
                    for (i, (rule, item)) in want.as_array().into_iter().flatten().zip(value.as_array().into_iter().flatten()).enumerate() {
                        self.check(rule, item, &format!("{at}/{i}"), faults);
                    }
                }
                "minItems" | "maxItems" => {
                    let n = value.as_array().map_or(0, Vec::len) as u64;
                    let limit = want.as_u64().expect("a number");
                    if value.is_array() && if key == "minItems" { n < limit } else { n > limit } {
                        faults.push(format!("{at}: {n} items"));
                    }
                }
                "minimum" | "maximum" => {
                    let limit = want.as_f64().expect("a number");
                    if value.as_f64().is_some_and(|n| if key == "minimum" { n < limit } else { n > limit }) {
                        faults.push(format!("{at}: {value} is past {key} {limit}"));
                    }
                }
                "const" if value != want => faults.push(format!("{at}: {value} is not {want}")),
                "enum" if !want.as_array().expect("values").contains(value) => faults.push(format!("{at}: {value} is none of {want}")),
                "const" | "enum" => {}
                "anyOf" | "oneOf" => {
                    let fits = |rule: &&Value| {
                        let mut inner = Vec::new();
                        self.check(rule, value, at, &mut inner);
                        inner.is_empty()
                    };
                    if want.as_array().expect("rules").iter().filter(fits).count() == 0 {
                        faults.push(format!("{at}: {value} fits none of {want}"));
                    }
                }
                other => panic!("{at}: the keyword {other} is not known here"),
            }
        }
    }

    fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.root, value, "", &mut faults);
        faults
    }
}

fn of_types() -> Schema {
    Schema { root: serde_json::from_str(&schema::text()).expect("JSON") }
}

/// `WHYREDIS_BLESS=1 cargo test --test schema` writes it anew.
#[test]
fn the_schema_in_the_docs_is_that_of_the_types() {
    let file = root().join(schema::FILE);
    if std::env::var_os("WHYREDIS_BLESS").is_some() {
        std::fs::write(&file, schema::text()).expect("written");
    }
    let written = std::fs::read_to_string(&file).expect("the schema");
    assert!(written == schema::text(), "{} is old: WHYREDIS_BLESS=1 cargo test --test schema", schema::FILE);
    assert_eq!(run(&["schema"]).ends(0).out, written);
}

#[test]
fn real_reports_keep_to_it() {
    let schema = of_types();
    let mut paths = vec![root().join(SAMPLE), root().join("testdata/negatives"), root().join("testdata/formats")];
    for dir in ["testdata/incidents/lab", "testdata/healthy"] {
        let below = std::fs::read_dir(root().join(dir)).expect("a folder").flatten().map(|e| e.path());
        let mut below: Vec<_> = below.filter(|p| p.is_dir()).collect();
        below.sort();
        // Every seventh run: all causes and kinds of input, in little time.
        paths.extend(below.into_iter().step_by(7));
    }
    for path in paths {
        let path = path.display().to_string();
        let done = run(&["--format", "json", "--runbooks", "testdata/runbooks", "--now", "2024-01-17", path.as_str()]);
        let faults = schema.faults(&done.json());
        assert!(faults.is_empty(), "{path}:\n{}", faults.join("\n"));
    }
}

#[test]
fn what_is_wrong_is_found() {
    let schema = of_types();
    let sound = run(&["--format", "json", SAMPLE]).ends(0).json();
    assert_eq!(schema.faults(&sound), Vec::<String>::new());
    let spoilt = |change: fn(&mut Value)| {
        let mut report = sound.clone();
        change(&mut report);
        schema.faults(&report).len()
    };
    assert!(spoilt(|r| drop(r.as_object_mut().map(|o| o.remove("verdict")))) > 0);
    assert!(spoilt(|r| r["verdict"] = Value::from("fine")) > 0);
    assert!(spoilt(|r| r["incidents"][0]["causes"][0]["confidence"] = Value::from("high")) > 0);
    assert!(spoilt(|r| r["incidents"][0]["affected"]["traces"] = Value::from(-1)) > 0);
    assert!(spoilt(|r| r["incidents"][0]["surprise"] = Value::Null) > 0);
    assert!(spoilt(|r| r["input"]["sources"] = Value::Null) > 0);
}

//! What a schema may cost, reckoned before it is run.
//!
//! A schema is a graph of subschemas. Some edges stay at the same place of the content (`allOf`, `$ref`, `if` …), some go one level down (`properties`,
//! `items` …). A cycle of the first kind never ends. Without one, how often a single place may be looked at follows from the graph and the content's
//! depth, and times the number of places it bounds the whole work. References are resolved within the schema alone.
//! It reckons; nothing is validated here.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// Steps that one validation may take.
pub(super) const BUDGET: u64 = 1_000_000;
/// The same where each step may try a pattern thousands of times.
pub(super) const BUDGET_LOOKING_AROUND: u64 = 20_000;
/// How many steps may be within each other.
pub(super) const MAX_HEIGHT: u32 = 2_000;
/// How deep content is taken to be when a schema is registered.
pub(super) const DEPTH_ASSUMED: u32 = 4;

const MAX_VALUES: u64 = 10_000;
const MAX_DEPTH: u32 = 100;
const MAX_BYTES: usize = 256 * 1024;
/// Pairs of a subschema and a depth that are reckoned at most.
const MAX_RECKONED: usize = 400_000;

/// The one reference out of a schema that needs no fetching.
const META: &str = "https://json-schema.org/draft/2020-12/schema";
/// What a look at that one costs, generously.
const META_COST: u64 = 500;

/// How many values there are, and how deep they lie.
pub(super) fn size(value: &Value) -> (u64, u32) {
    let mut n_values = 0;
    let mut deepest = 0;
    let mut left = vec![(value, 1)];
    while let Some((value, depth)) = left.pop() {
        n_values += 1;
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => left.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => left.extend(members.values().map(|member| (member, depth + 1))),
            _ => {}
        }
    }
    (n_values, deepest)
}

/// Whether a schema is of a size that people write.
pub(super) fn small(schema: &Value) -> Result<(), String> {
    let (n_values, depth) = size(schema);
    if depth > MAX_DEPTH {
        return Err(format!("the schema is {depth} levels deep, and {MAX_DEPTH} are taken"));
    }
    if n_values > MAX_VALUES || schema.to_string().len() > MAX_BYTES {
        return Err(format!("the schema is too large: {MAX_VALUES} values and {MAX_BYTES} bytes are taken"));
    }
    Ok(())
}

/// A schema's own resources and anchors, by which references are resolved.
pub(super) struct Graph<'a> {
    /// The resource in which each value with a reference stands.
    roots: HashMap<usize, &'a Value>,
    /// Resources by their `$id`.
    named: Vec<(&'a str, &'a Value)>,
    anchors: HashMap<(usize, &'a str), &'a Value>,
}

/// How often one place may be looked at, and how many steps are within each other.
#[derive(Clone, Copy)]
struct Cost {
    looks: u64,
    height: u32,
}

impl<'a> Graph<'a> {
    pub(super) fn of(schema: &'a Value) -> Self {
        let mut graph = Self { roots: HashMap::new(), named: Vec::new(), anchors: HashMap::new() };
        let mut left = vec![(schema, schema)];
        while let Some((value, root)) = left.pop() {
            let mut root = root;
            if let Value::Object(members) = value {
                if let Some(Value::String(id)) = members.get("$id") {
                    root = value;
                    graph.named.push((id.trim_end_matches('#'), value));
                }
                for anchor in ["$anchor", "$dynamicAnchor"] {
                    if let Some(Value::String(name)) = members.get(anchor) {
                        graph.anchors.insert((address(root), name), value);
                    }
                }
                graph.roots.insert(address(value), root);
                left.extend(members.values().map(|member| (member, root)));
            } else if let Value::Array(items) = value {
                left.extend(items.iter().map(|item| (item, root)));
            }
        }
        graph
    }

    /// How often one place of content of this depth may be looked at.
    pub(super) fn cost(&self, schema: &'a Value, depth: u32) -> Result<u64, String> {
        let mut reckoning = Reckoning { graph: self, known: HashMap::new(), within: HashSet::new() };
        reckoning.cost(schema, depth, 0).map(|cost| cost.looks)
    }

    /// Where a reference leads; `None` for the one that leads out.
    fn resolve(&self, from: &'a Value, reference: &str) -> Result<Option<&'a Value>, String> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if base == META {
            return Ok(None);
        }
        let missing = || {
            let shown = annals_ask::shortened(reference);
            format!(
                "the schema refers to `{shown}`, which is not in it (hint: nothing is fetched; put it under `$defs`)"
            )
        };
        let root = if base.is_empty() {
            self.roots.get(&address(from)).copied()
        } else {
            let is_named = |id: &str| id == base || id.ends_with(&format!("/{}", base.trim_start_matches('/')));
            self.named.iter().find(|(id, _)| is_named(id)).map(|(_, root)| *root)
        };
        let root = root.ok_or_else(missing)?;
        let target = if fragment.is_empty() {
            Some(root)
        } else if fragment.starts_with('/') {
            root.pointer(&unescaped(fragment).ok_or_else(missing)?)
        } else {
            self.anchors.get(&(address(root), fragment)).copied()
        };
        target.map(Some).ok_or_else(missing)
    }
}

struct Reckoning<'g, 'a> {
    graph: &'g Graph<'a>,
    known: HashMap<(usize, u32), Cost>,
    /// What is being reckoned at the same place of the content.
    within: HashSet<(usize, u32)>,
}

impl<'a> Reckoning<'_, 'a> {
    fn cost(&mut self, schema: &'a Value, depth: u32, height: u32) -> Result<Cost, String> {
        let Value::Object(members) = schema else { return Ok(Cost { looks: 1, height: 1 }) };
        let key = (address(schema), depth);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        if height > MAX_HEIGHT || self.known.len() > MAX_RECKONED {
            return Err("the schema refers to itself in too many ways".to_owned());
        }
        if !self.within.insert(key) {
            return Err("the schema refers to itself without going on into the content".to_owned());
        }
        let mut cost = Cost { looks: 1, height: 0 };
        for reference in ["$ref", "$dynamicRef"] {
            if let Some(Value::String(reference)) = members.get(reference) {
                match self.graph.resolve(schema, reference)? {
                    Some(target) => self.add(&mut cost, target, depth, height)?,
                    None => cost.looks = cost.looks.saturating_add(META_COST),
                }
            }
        }
        for list in ["allOf", "anyOf", "oneOf"] {
            for part in members.get(list).and_then(Value::as_array).into_iter().flatten() {
                self.add(&mut cost, part, depth, height)?;
            }
        }
        for part in ["not", "if", "then", "else"].into_iter().filter_map(|name| members.get(name)) {
            self.add(&mut cost, part, depth, height)?;
        }
        for part in members.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten() {
            self.add(&mut cost, part.1, depth, height)?;
        }
        if members.contains_key("unevaluatedProperties") || members.contains_key("unevaluatedItems") {
            // What was evaluated is found by evaluating it once more.
            cost.looks = cost.looks.saturating_mul(2);
        }
        if depth > 0 {
            self.go_down(&mut cost, members, depth - 1, height)?;
        }
        self.within.remove(&key);
        cost.height = cost.height.saturating_add(1);
        if cost.height > MAX_HEIGHT {
            return Err("the schema's parts are too many levels within each other".to_owned());
        }
        self.known.insert(key, cost);
        Ok(cost)
    }

    /// A member meets one of `properties` and an item one of the items' schemas, so of these only the dearest counts; the others all apply.
    fn go_down(
        &mut self,
        cost: &mut Cost,
        members: &'a serde_json::Map<String, Value>,
        depth: u32,
        height: u32,
    ) -> Result<(), String> {
        let one_of = [
            members
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|all| all.values())
                .collect::<Vec<_>>(),
            members
                .get("prefixItems")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .chain(members.get("items"))
                .collect(),
        ];
        let mut dearest = Cost { looks: 0, height: 0 };
        for part in one_of.into_iter().flatten() {
            let part = self.cost(part, depth, height + 1)?;
            dearest = Cost { looks: dearest.looks.max(part.looks), height: dearest.height.max(part.height) };
        }
        cost.looks = cost.looks.saturating_add(dearest.looks);
        cost.height = cost.height.max(dearest.height);
        for part in members.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
            self.add(cost, part.1, depth, height)?;
        }
        let all = ["additionalProperties", "propertyNames", "unevaluatedProperties", "contains", "unevaluatedItems"];
        for part in all.into_iter().filter_map(|name| members.get(name)) {
            self.add(cost, part, depth, height)?;
        }
        Ok(())
    }

    fn add(&mut self, cost: &mut Cost, part: &'a Value, depth: u32, height: u32) -> Result<(), String> {
        let part = self.cost(part, depth, height + 1)?;
        cost.looks = cost.looks.saturating_add(part.looks);
        cost.height = cost.height.max(part.height);
        Ok(())
    }
}

/// A value's name while the schema is borrowed.
fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// A fragment without its percent signs.
fn unescaped(fragment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;

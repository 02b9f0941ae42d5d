//! Claude Code's settings: an entry for each event, beside those that are there.
//!
//! A hook that has been given a narrower matcher or more options by its owner counts as ours and stays that way; only its path and data directory are kept up to date.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::cst::{CstNode, CstObject, CstRootNode, CstStringLit};

use super::document::{self, Unfit};
use super::edit::{Prune, Seen};
use super::own::{Ours, Own};

/// Seconds after which the client gives up on a hook; ours waits milliseconds for a lock and never for anything else.
const TIMEOUT_S: u32 = 10;

/// The events and whether they take a matcher. Left out are those in whose place a hook acts, such as `WorktreeCreate`, and those that repeat others; of `PostToolBatch` only what no other tells is recorded.
const EVENTS: [(&str, Matcher); 18] = [
    ("SessionStart", Matcher::All),
    ("SessionEnd", Matcher::All),
    ("UserPromptSubmit", Matcher::None),
    ("PreToolUse", Matcher::All),
    ("PermissionRequest", Matcher::All),
    ("PermissionDenied", Matcher::All),
    ("PostToolUse", Matcher::All),
    ("PostToolUseFailure", Matcher::All),
    ("PostToolBatch", Matcher::None),
    ("SubagentStart", Matcher::All),
    ("SubagentStop", Matcher::All),
    ("Stop", Matcher::None),
    ("StopFailure", Matcher::All),
    ("Notification", Matcher::All),
    ("PreCompact", Matcher::All),
    ("PostCompact", Matcher::All),
    ("ConfigChange", Matcher::All),
    ("InstructionsLoaded", Matcher::All),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Matcher {
    All,
    None,
}

/// What is there.
pub(super) fn look(text: &str) -> Result<Seen, Unfit> {
    let mut seen = Seen::default();
    let root = document::object(text)?;
    let hooks = root.as_ref().map(|root| hooks(text, root)).transpose()?.flatten();
    for (event, _) in EVENTS {
        let groups = hooks.and_then(|hooks| hooks.get_array(event));
        let found: Vec<Ours> = groups.into_iter().flat_map(|groups| &groups.elements).flat_map(of_group).collect();
        if found.is_empty() {
            seen.missing.push(event.to_owned());
        }
        seen.n_ours += usize::from(!found.is_empty());
        seen.ours.extend(found);
    }
    let is_off = |root: &Object<'_>| root.get_boolean("disableAllHooks").is_some_and(|switch| switch.value);
    if root.as_ref().is_some_and(is_off) {
        seen.notes.push("`disableAllHooks` is on, so that the client runs no hook".to_owned());
        seen.is_off = true;
    }
    Ok(seen)
}

/// The text with an entry for each event.
pub(super) fn put_in(text: &str, own: &Own) -> Result<String, Unfit> {
    let seen = look(text)?;
    if seen.missing.is_empty() && seen.ours.iter().all(|ours| own.is(ours)) {
        return Ok(text.to_owned());
    }
    let root = tree(text)?;
    let hooks = root.object_value_or_set().object_value_or_set("hooks");
    for (event, matcher) in EVENTS {
        if seen.missing.iter().any(|missing| missing == event) {
            add(&hooks, event, &group(own, matcher));
        }
        let groups = hooks.array_value(event).map(|groups| groups.elements()).unwrap_or_default();
        let own_groups = groups.iter().filter_map(CstNode::as_object);
        for (command, ours) in own_groups.flat_map(|group| commands(&group)) {
            if !own.is(&ours) {
                command.set_raw_value(document::string(&own.hook(&ours.others)));
            }
        }
    }
    Ok(root.to_string())
}

/// The text without any entry of ours.
pub(super) fn take_out(text: &str, prune: Prune) -> Result<String, Unfit> {
    let Some(object) = document::object(text)? else { return Ok(text.to_owned()) };
    if hooks(text, &object)?.is_none() {
        return Ok(text.to_owned());
    }
    let root = tree(text)?;
    let Some(hooks) = root.object_value().and_then(|root| root.object_value("hooks")) else {
        return Ok(text.to_owned());
    };
    let mut is_changed = false;
    for property in hooks.properties() {
        let Some(groups) = property.array_value() else { continue };
        let mut is_ours = false;
        for group in groups.elements() {
            let Some(group) = group.as_object() else { continue };
            let found = commands(&group);
            let n_hooks = group.array_value("hooks").map_or(0, |hooks| hooks.elements().len());
            if found.is_empty() {
                continue;
            }
            is_ours = true;
            if found.len() == n_hooks {
                group.remove();
                continue;
            }
            for hook in found.iter().filter_map(|(command, _)| command.ancestors().nth(1)) {
                hook.remove();
            }
        }
        is_changed |= is_ours;
        if groups.elements().is_empty() && (is_ours || prune == Prune::Everything) {
            property.remove();
        }
    }
    if hooks.properties().is_empty() && (is_changed || prune == Prune::Everything) {
        if let Some(property) = root.object_value().and_then(|root| root.get("hooks")) {
            property.remove();
        }
        is_changed = true;
    }
    let is_touched = is_changed || prune == Prune::Everything;
    Ok(if is_touched { root.to_string() } else { text.to_owned() })
}

/// The member `hooks`, where everything below it is of the kind that the client takes.
fn hooks<'o, 'a>(text: &str, root: &'o Object<'a>) -> Result<Option<&'o Object<'a>>, Unfit> {
    let Some(property) = root.get("hooks") else { return Ok(None) };
    let unfit = |value: &Value<'_>, problem: &str| Unfit::at(text, value.range().start, problem);
    let Value::Object(hooks) = &property.value else {
        return Err(unfit(&property.value, "`hooks` is not an object"));
    };
    for property in &hooks.properties {
        let Value::Array(groups) = &property.value else {
            let problem = format!("`hooks.{}` is not an array", property.name.as_str());
            return Err(unfit(&property.value, &problem));
        };
        for group in &groups.elements {
            let is_fit = group.as_object().is_some_and(|group| group.get_array("hooks").is_some());
            if !is_fit {
                let problem = format!("an entry of `hooks.{}` is not an object with `hooks`", property.name.as_str());
                return Err(unfit(group, &problem));
            }
        }
    }
    Ok(Some(hooks))
}

fn of_group(group: &Value<'_>) -> Vec<Ours> {
    let hooks = group.as_object().and_then(|group| group.get_array("hooks"));
    let hooks = hooks.into_iter().flat_map(|hooks| &hooks.elements).filter_map(Value::as_object);
    hooks.filter_map(|hook| Ours::of_hook(&hook.get_string("command")?.value)).collect()
}

/// The commands of a group that are ours.
fn commands(group: &CstObject) -> Vec<(CstStringLit, Ours)> {
    let hooks = group.array_value("hooks").into_iter().flat_map(|hooks| hooks.elements());
    let commands = hooks.filter_map(|hook| hook.as_object()?.get("command")?.value()?.as_string_lit());
    commands.filter_map(|command| Ours::of_hook(&command.decoded_value().ok()?).map(|ours| (command, ours))).collect()
}

/// Puts an entry into the tree as it is spelled. The tree lays out what it makes itself over a dozen lines, so that it is given a text, whose spelling is then replaced.
fn add(hooks: &CstObject, event: &str, group: &str) {
    let (value, spelled) = match hooks.array_value(event) {
        Some(groups) => (Some(groups.append(event.into())), group.to_owned()),
        None => (hooks.append(event, event.into()).value(), format!("[{group}]")),
    };
    if let Some(text) = value.and_then(|value| value.as_string_lit()) {
        text.set_raw_value(spelled);
    }
}

/// The entry on one line, so that whoever is asked about it can read it.
fn group(own: &Own, matcher: Matcher) -> String {
    let matcher = match matcher {
        Matcher::All => r#""matcher": "*", "#,
        Matcher::None => "",
    };
    let command = document::string(&own.hook(&[]));
    format!(r#"{{{matcher}"hooks": [{{"type": "command", "command": {command}, "timeout": {TIMEOUT_S}}}]}}"#)
}

pub(super) fn tree(text: &str) -> Result<CstRootNode, Unfit> {
    CstRootNode::parse(text, &document::options())
        .map_err(|error| Unfit::at(text, error.range().start, "it is not valid JSON"))
}

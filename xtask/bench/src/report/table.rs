//! The report for a terminal: a table a comparison, then the goals, each with the figure beside it.

use std::fmt::Write as _;

use super::{Goal, Part, Report, Table};
use crate::numbers::rounded;

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for part in &report.parts {
        push_part(&mut text, part);
    }
    let goals = || report.parts.iter().flat_map(|part| &part.goals);
    let n_met = goals().filter(|goal| goal.is_met()).count();
    let _ = writeln!(text, "{n_met} of {} goals met", goals().count());
    text
}

fn push_part(text: &mut String, part: &Part) {
    let _ = writeln!(text, "{} ({:.0} s)", part.name, part.took.as_secs_f64());
    for (name, value) in &part.parameters {
        let _ = writeln!(text, "  {name}: {value}");
    }
    for table in &part.tables {
        text.push('\n');
        push_table(text, table);
    }
    text.push('\n');
    for goal in &part.goals {
        push_goal(text, goal);
    }
    text.push('\n');
}

fn push_table(text: &mut String, table: &Table) {
    let cells = |values: &[f64]| values.iter().map(|value| shown(*value)).collect::<Vec<_>>();
    let rows: Vec<(&str, Vec<String>)> =
        table.rows.iter().map(|(what, values)| (what.as_str(), cells(values))).collect();
    let first =
        rows.iter().map(|(what, _)| what.chars().count()).chain([table.name.chars().count()]).max().unwrap_or(0);
    let widths: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|(_, cells)| cells.get(at)).map(String::len);
            cells.chain([column.len()]).max().unwrap_or(0)
        })
        .collect();
    let header: Vec<String> = table.columns.iter().map(|column| (*column).to_owned()).collect();
    for (what, cells) in std::iter::once(&(table.name, header)).chain(&rows) {
        let _ = write!(text, "  {what:first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
}

fn push_goal(text: &mut String, goal: &Goal) {
    let (_, sign, limit) = goal.bound.named();
    let verdict = if goal.is_met() { "met   " } else { "MISSED" };
    let _ = writeln!(text, "  {verdict}  {}: {} ({sign} {})", goal.what, shown(goal.value), shown(limit));
}

fn shown(value: f64) -> String {
    let value = rounded(value);
    if value.is_nan() { "–".to_owned() } else { value.to_string() }
}

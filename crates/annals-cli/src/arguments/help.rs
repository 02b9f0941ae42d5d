//! Help texts that fit a screen of 80 by 24.
//!
//! clap would give each of forty flags two lines. Here what a command is about has a line for each flag, and what is the same everywhere, or is one of twenty columns,
//! flows in a paragraph. The text is made from the definitions, so that it cannot say anything else than what is parsed; the manual page has every flag at length.

use clap::{Arg, ArgAction, Command};

/// The width of the screen.
const WIDTH: usize = 80;
/// The paragraph of what every command takes.
const EVERYWHERE: &str = "Everywhere";

/// The commands that the first screen has no line for: those of programs, and those that a person comes for who knows that they are there.
const MORE: [&str; 20] = [
    "awareness",
    "backup",
    "checkpoint",
    "completions",
    "config",
    "copy",
    "count",
    "erase",
    "forward",
    "get",
    "hook",
    "key",
    "man",
    "mcp",
    "migrate",
    "prove",
    "prune",
    "restore",
    "stats",
    "verify-proof",
];

/// Gives the command and those below it help texts that fit.
pub(super) fn fit(mut command: Command) -> Command {
    command = command.mut_subcommands(|sub| {
        let mut sub = sub.arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help("Print help")
                .help_heading(EVERYWHERE),
        );
        sub = sub.disable_help_flag(true);
        sub
    });
    let everywhere = command.clone();
    let text = render(&mut command.clone(), None);
    command = command.override_help(text);
    command.mut_subcommands(|sub| {
        let text = render(&mut sub.clone(), Some(&everywhere));
        sub.override_help(text)
    })
}

/// The text of one command; those of the whole program come from `root`.
fn render(command: &mut Command, root: Option<&Command>) -> String {
    let usage = command.render_usage().to_string();
    let mut text = format!("{}\n\n{usage}\n", command.get_about().map(ToString::to_string).unwrap_or_default());
    let mut lines: Vec<(String, String)> = Vec::new();
    if command.has_subcommands() {
        let is_told = |sub: &&Command| sub.get_name() != "help" && !MORE.contains(&sub.get_name());
        let commands = command.get_subcommands().filter(is_told);
        lines.extend(commands.map(|sub| (sub.get_name().to_owned(), about(sub.get_about()))));
        section(&mut text, &lines);
        lines.clear();
        let is_more = |sub: &&Command| MORE.contains(&sub.get_name());
        let more: Vec<String> =
            command.get_subcommands().filter(is_more).map(|sub| sub.get_name().to_owned()).collect();
        paragraph(&mut text, "More", &more);
    }
    let own: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
    // The first screen is full: what it leaves out is named in a line that it has.
    let is_told = |arg: &&Arg| root.is_some() || !matches!(arg.get_id().as_str(), "help" | "json" | "version");
    let own: Vec<&Arg> = own.into_iter().filter(is_told).collect();
    let is_line = |arg: &&&Arg| arg.get_help_heading().is_none();
    lines.extend(own.iter().filter(is_line).map(|arg| (spec(arg), about(arg.get_help()))));
    section(&mut text, &lines);
    let mut headings: Vec<&str> = Vec::new();
    for heading in own.iter().filter(|arg| !is_line(arg)).filter_map(|arg| arg.get_help_heading()) {
        if !headings.contains(&heading) && (heading != EVERYWHERE || root.is_none()) {
            headings.push(heading);
        }
    }
    for heading in headings {
        let flags = own.iter().filter(|arg| arg.get_help_heading() == Some(heading));
        // Under a heading that names the value, the value needs no name.
        let names_value = heading.ends_with("TEXT");
        let flags: Vec<String> = flags.map(|arg| if names_value { long(arg) } else { spec(arg) }).collect();
        paragraph(&mut text, heading, &flags);
    }
    if let Some(root) = root {
        let everywhere = root.get_arguments().filter(|arg| arg.get_help_heading() == Some(EVERYWHERE));
        let flags: Vec<String> = everywhere.map(spec).chain([String::from("-h, --help")]).collect();
        paragraph(&mut text, EVERYWHERE, &flags);
    }
    if let Some(after) = command.get_after_help() {
        text.push('\n');
        text.push_str(&after.to_string());
        text.push('\n');
    }
    text
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

fn long(arg: &Arg) -> String {
    format!("--{}", arg.get_long().unwrap_or_default())
}

/// A flag with its value, or a positional argument.
fn spec(arg: &Arg) -> String {
    let values = arg.get_value_names().unwrap_or_default();
    let value = values.first().map(ToString::to_string).unwrap_or_default();
    match (arg.get_short(), arg.get_long()) {
        (_, None) if matches!(arg.get_action(), ArgAction::Append) => format!("{value}..."),
        (_, None) => value,
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) if matches!(arg.get_action(), ArgAction::SetTrue) => format!("--{long}"),
        (None, Some(long)) if arg.get_num_args().is_some_and(|range| range.min_values() == 0) => {
            format!("--{long} [{value}]")
        }
        (None, Some(long)) => format!("--{long} {value}"),
    }
}

/// One line each: the flag, and what it is for.
fn section(text: &mut String, lines: &[(String, String)]) {
    if lines.is_empty() {
        return;
    }
    text.push('\n');
    let left = lines.iter().map(|(flag, _)| flag.chars().count()).max().unwrap_or(0);
    for (flag, about) in lines {
        text.push_str(format!("  {flag:left$}  {about}").trim_end());
        text.push('\n');
    }
}

/// A heading and the flags after it, wrapped.
fn paragraph(text: &mut String, heading: &str, flags: &[String]) {
    text.push('\n');
    let mut line = format!("{heading}:");
    for flag in flags {
        if line.chars().count() + 1 + flag.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(flag);
    }
    text.push_str(&line);
    text.push('\n');
}

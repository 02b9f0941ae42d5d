//! The definitions are sound, every help text fits a screen, and no flag is missing from its text.

use super::definition;

#[test]
fn the_definition_is_sound() {
    definition().debug_assert();
}

#[test]
fn every_flag_stands_in_the_help_of_its_command() {
    for command in definition().get_subcommands() {
        let text = command.clone().render_help().to_string();
        for arg in command.get_arguments() {
            let flag = arg.get_long().map(|long| format!("--{long}"));
            let named = flag.is_none_or(|flag| text.contains(&flag));
            assert!(
                named,
                "`annals {} --help` does not name --{}",
                command.get_name(),
                arg.get_long().unwrap_or_default()
            );
        }
        assert!(text.contains("--data DIR") && text.contains("-h, --help"), "{text}");
    }
}

#[test]
fn every_help_fits_a_screen() {
    let mut root = definition();
    let mut texts = vec![root.render_help().to_string()];
    texts.extend(root.get_subcommands().map(|sub| sub.clone().render_help().to_string()));
    for text in texts {
        assert!(text.lines().count() < 24, "{} lines:\n{text}", text.lines().count());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

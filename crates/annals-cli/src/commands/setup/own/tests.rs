//! Entries, written and known again.

use super::{Ours, Own};

fn own(program: &str, data: Option<&str>) -> Own {
    Own { program: program.to_owned(), data: data.map(str::to_owned) }
}

#[test]
fn what_is_written_is_known_again() {
    for program in ["/usr/bin/annals", "/opt/my tools/annals", "/it's/annals", "C:/Program Files/annals.exe"] {
        for data in [None, Some("/data"), Some("/my data/'trail'")] {
            for others in [vec![], vec!["--fail-closed".to_owned()]] {
                let own = own(program, data);
                let ours = Ours::of_hook(&own.hook(&others)).unwrap();
                assert!(own.is(&ours) && ours.others == others, "{ours:?}");
                let mut words = own.wrap(&others);
                words.extend(["npx".to_owned(), "--".to_owned()]);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let (ours, at) = Ours::of_wrap(program, &words).unwrap();
                assert!(own.is(&ours) && ours.others == others && words[at] == "npx", "{ours:?}");
            }
        }
    }
    assert_eq!(own("/a b/annals", Some("/d e")).hook(&[]), "'/a b/annals' hook claude-code --data '/d e'");
}

#[test]
fn what_is_somebody_elses_is_not_ours() {
    for line in [
        "",
        "annals",
        "annals query",
        "annals hook",
        "/bin/annalist hook claude-code",
        "'annals hook claude-code",
        "echo annals hook claude-code",
    ] {
        assert_eq!(Ours::of_hook(line), None, "{line}");
    }
    for (command, arguments) in [
        ("annals", &["wrap", "npx"][..]),
        ("annals", &["wrap", "--"]),
        ("annals", &["mcp", "--", "x"]),
        ("npx", &["wrap", "--", "x"]),
        ("annals", &["--"]),
    ] {
        assert_eq!(Ours::of_wrap(command, arguments), None, "{command} {arguments:?}");
    }
}

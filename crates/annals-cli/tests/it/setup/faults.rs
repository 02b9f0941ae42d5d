//! Files that can't be used, other people's hands on them, and ends in the middle.

use std::fs;
use std::process::Stdio;

use super::{CLAUDE_CODE, CURSOR, FILES, all_four, backups, home, put, text};
use crate::bed::{Bed, finish, spawn};

#[test]
fn a_bad_file_is_left_alone_and_the_others_are_done() {
    for (content, place) in [
        (&b"{\n  \"model\": \"opus\",\n  hooks: {}\n}"[..], "line 3, column 3"),
        (b"[1]", "line 1, column 1: it is not an object"),
        (b"{\"hooks\": []}", "line 1, column 11: `hooks` is not an object"),
        (b"{\"a\": 1,\n\"a\": 2}", "line 2, column 1: `a` stands twice"),
        (b"{\"a\": \"\xff\"}", "line 1, column 8: it is not valid UTF-8"),
    ] {
        let bed = all_four();
        let path = put(&bed, ".claude/settings.json", content);
        let ran = bed.run(&["setup", "--yes"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(&format!("`{}` is left alone: {place}", path.display())), "{ran:?}");
        assert_eq!(fs::read(&path).unwrap(), content);
        assert!(text(&bed, ".cursor/mcp.json").contains("\"wrap\""), "the other clients are done");
        assert_eq!(backups(&bed).len(), 3);
    }
    let bed = all_four();
    fs::remove_file(home(&bed).join(".cursor/mcp.json")).unwrap();
    fs::create_dir(home(&bed).join(".cursor/mcp.json")).unwrap();
    let ran = bed.run(&["setup", "--yes"]);
    assert!(ran.code == Some(1) && ran.err.contains(".cursor/mcp.json` is left alone: it is no file"), "{ran:?}");
}

#[test]
fn without_a_terminal_nothing_is_done_without_a_word() {
    let bed = all_four();
    let ran = bed.run(&["setup"]);
    assert!(ran.code == Some(1) && ran.out.contains("@@") && ran.err.contains("--yes"), "{ran:?}");
    for (_, file, content) in FILES {
        assert_eq!(text(&bed, file), content);
    }
    assert!(!bed.data().exists());
}

#[test]
fn without_its_backup_a_file_loses_our_entries_alone() {
    let bed = all_four();
    bed.good(&["setup", "--yes"]);
    for path in backups(&bed) {
        fs::remove_file(path).unwrap();
    }
    let ran = bed.good(&["setup", "--undo", "--yes"]);
    let told = "cursor: its backup is gone, so that only our entries are taken out";
    assert!(ran.err.contains(told) && !ran.err.contains("changed since"), "{ran:?}");
    assert!(FILES.iter().all(|(_, file, _)| !text(&bed, file).contains("--data")));
}

#[test]
fn a_reader_that_closes_early_stops_nothing_that_was_agreed_to() {
    let bed = all_four();
    for (arguments, is_in) in [(&["setup", "--yes"][..], true), (&["setup", "--undo", "--yes"], false)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = finish(bed.command(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap());
        assert_eq!((ran.code, ran.err.contains("left alone")), (Some(0), false), "{ran:?}");
        assert!(FILES.iter().all(|(_, file, _)| text(&bed, file).contains("--data") == is_in));
    }
}

#[cfg(unix)]
#[test]
fn mode_and_link_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let bed = Bed::new();
    let real = put(&bed, "dotfiles/mcp.json", CURSOR);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(home(&bed).join(".cursor")).unwrap();
    let link = home(&bed).join(".cursor/mcp.json");
    symlink(&real, &link).unwrap();
    for arguments in [&["setup", "--yes"][..], &["setup", "--undo", "--yes"]] {
        bed.good(arguments);
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(fs::read_to_string(&real).unwrap(), CURSOR);
    bed.good(&["setup", "--yes"]);
    for entry in fs::read_dir(bed.data().join("setup")).unwrap() {
        let mode = entry.as_ref().unwrap().metadata().unwrap().permissions().mode() & 0o077;
        let name = entry.unwrap().file_name();
        assert!(mode == 0 || name == "lock", "{name:?} {mode:o}");
    }
    fs::remove_file(&real).unwrap();
    let ran = bed.run(&["setup", "--yes"]);
    assert!(ran.code == Some(1) && ran.err.contains("link to a file that is not there"), "{ran:?}");
    let hard = put(&bed, "dotfiles/mcp.json", CURSOR);
    fs::hard_link(&hard, home(&bed).join("second")).unwrap();
    let ran = bed.run(&["setup", "--yes"]);
    assert!(ran.code == Some(1) && ran.err.contains("second name"), "{ran:?}");
}

#[test]
fn a_write_that_cannot_be_ended_loses_nothing() {
    let bed = Bed::new();
    let path = put(&bed, ".claude/settings.json", CLAUDE_CODE);
    // A data directory that is a file: the backup can't be kept, so that nothing is written.
    let blocked = bed.file("blocked", "");
    let ran = bed.run(&["setup", "--yes", "--data", blocked.to_str().unwrap()]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CLAUDE_CODE);
}

/// The moment between backup and write, and the one after the write: what a killed process leaves behind, made by hand from what a whole run leaves.
#[test]
fn what_a_killed_setup_leaves_can_be_undone() {
    let bed = Bed::new();
    let path = put(&bed, ".claude/settings.json", CLAUDE_CODE);
    bed.good(&["setup", "--yes"]);
    // Killed before the rename: record and backup are there, the file is as it was, with a part beside it.
    fs::write(&path, CLAUDE_CODE).unwrap();
    let part = put(&bed, ".claude/.settings.json.annals-x1y2z3", "{");
    let ran = bed.good(&["setup", "--undo", "--yes"]);
    assert!(ran.out.contains("it was as before already"), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), CLAUDE_CODE);
    bed.good(&["setup", "--yes"]);
    assert!(!part.exists(), "the next one tidies up");
    bed.good(&["setup", "--undo", "--yes"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), CLAUDE_CODE);
}

/// Real kills at growing delays, from before anything is written to after all is; the moments in between are also made by hand above.
#[cfg(unix)]
#[test]
fn a_killed_setup_leaves_the_old_bytes_or_the_new() {
    let bed = Bed::new();
    let path = put(&bed, ".claude/settings.json", CLAUDE_CODE);
    bed.good(&["setup", "--yes"]);
    let new = fs::read_to_string(&path).unwrap();
    bed.good(&["setup", "--undo", "--yes"]);
    let (mut n_old, mut n_new) = (0, 0);
    for n in 0..40_u64 {
        let mut child = spawn(bed.command(&["setup", "--yes"]).stdout(Stdio::null()));
        // A different moment each time; where it falls is for chance to say.
        std::thread::park_timeout(std::time::Duration::from_micros(n * 400));
        let _ = child.kill();
        let _ = child.wait();
        let left = fs::read_to_string(&path).unwrap();
        assert!(left == CLAUDE_CODE || left == new, "{n}: {left}");
        *(if left == new { &mut n_new } else { &mut n_old }) += 1;
        bed.good(&["setup", "--undo", "--yes"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), CLAUDE_CODE, "{n}");
    }
    assert_eq!(n_old + n_new, 40);
}

#[test]
fn two_at_once_leave_one_result() {
    let bed = all_four();
    let children: Vec<_> = (0..6).map(|_| spawn(&mut bed.command(&["setup", "--yes"]))).collect();
    let ends: Vec<_> = children.into_iter().map(finish).collect();
    assert!(ends.iter().any(|ran| ran.code == Some(0)), "{ends:?}");
    for ran in &ends {
        let is_told = ran.err.contains("another `annals setup`") || ran.err.contains("changed by somebody else");
        assert!(ran.code == Some(0) || is_told, "{ran:?}");
    }
    assert_eq!(text(&bed, ".claude/settings.json").matches("hook claude-code").count(), 18);
    bed.good(&["setup", "--undo", "--yes"]);
    for (_, file, content) in FILES {
        assert_eq!(text(&bed, file), content);
    }
}

//! What is read of a shell command.

use super::*;

#[track_caller]
fn check(command: &str, kept: &str) {
    assert_eq!(without_written(command), kept);
}

#[test]
fn the_lists_are_sorted() {
    assert!(READERS.is_sorted() && WRITERS.is_sorted());
}

#[test]
fn commands_that_only_read_stay() {
    for command in [
        "cat .env",
        "grep -n 'A b' .env | head -3",
        "cd x && ls -la .ssh; wc -l < .env",
        "sed -n 1,5p .env",
        "sed -nE --quiet 1,5p .env",
        "git diff --ignore-all-space .env",
        "rm -f .env 2>/dev/null",
    ] {
        check(command, command);
    }
}

#[test]
fn of_commands_that_may_write_the_frame_stays() {
    check("echo A=1 >> .env", "echo [REDACTED] >> .env");
    check("A=1; echo $A>.env", "[REDACTED]; echo [REDACTED]>.env");
    check("printf '%s' x | tee -a 'c/.env' && ls", "printf [REDACTED] [REDACTED] | tee -a 'c/.env' && ls");
    check("cat > .env <<'EOF'\nA=1\nEOF\nls", "cat > .env <<[REDACTED]\n[REDACTED]\n[REDACTED]\nls");
    check("sed -i s/a/b/ .env", "sed -i [REDACTED] .env");
    check("sed -Ei s/a/b/ .env", "sed -Ei [REDACTED] .env");
    check("sed -n -ri.bak s/a/b/ .env", "sed -n [REDACTED] [REDACTED] .env");
    check("git config -f .env a.b c", "git [REDACTED] -f .env [REDACTED] [REDACTED]");
    check("find . -fprintf .env A=1", "find [REDACTED] [REDACTED] .env [REDACTED]");
    check("tr a b | cp /dev/stdin .env", "tr [REDACTED] [REDACTED] | cp [REDACTED] .env");
    check("./mine .env", "[REDACTED] .env");
    check("echo 'A=1 > .env", "echo [REDACTED]");
    check("sudo tee .env", "sudo [REDACTED] .env");
    check(
        "find . -name .env -exec sh -c 'x' ;",
        "find [REDACTED] [REDACTED] .env [REDACTED] [REDACTED] -c [REDACTED] ;",
    );
}

#[test]
fn documents_are_found_wherever_they_stand() {
    let of = |command: &'static str| documents(command).into_iter().map(|range| &command[range]).collect::<Vec<_>>();
    assert_eq!(of("cat <<EOF\na\nb\nEOF\nls"), ["a\nb\n"]);
    assert_eq!(of("cat <<-'E F' x\n\ta\n\tE F\n"), ["\ta\n"]);
    assert_eq!(of("git commit -m \"$(cat <<'EOF'\nä\nEOF\n)\""), ["ä\n"]);
    assert_eq!(of("diff <(cat <<A) <(cat <<B)\n1\nA\n2\nB\n"), ["1\n", "2\n"]);
    assert_eq!(of("cat <<EOF\nno end"), ["no end"]);
    assert_eq!(of("cat <<EOF"), [""; 0]);
    assert_eq!(of("cat <<EOF\nEOF\n"), [""; 0]);
    assert_eq!(of("cat <<< word\nx"), [""; 0]);
    assert_eq!(of("echo $((1 << 3))\nx"), [""; 0]);
    assert_eq!(without_documents("cat <<A\n1\nA\nls", |body| format!("{}", body.len())), "cat <<A\n2\nA\nls");
}

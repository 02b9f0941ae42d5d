//! The fuzzer, or a program that runs given files: see the library.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
mod fuzzer {
    //! libFuzzer has the `main` and calls what the macro defines.

    use std::sync::LazyLock;

    use annals_fuzz::{Target, VARIABLE, target};

    static TARGET: LazyLock<Target> = LazyLock::new(|| {
        let name = std::env::var(VARIABLE).unwrap_or_default();
        target(&name).unwrap_or_else(|| panic!("`{VARIABLE}` is `{name}`, which is no target"))
    });

    libfuzzer_sys::fuzz_target!(init: { LazyLock::force(&TARGET); }, |bytes: &[u8]| (TARGET.run)(bytes));
}

#[cfg(not(fuzzing))]
#[expect(clippy::print_stderr, reason = "a command for people")]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    let name = std::env::var(annals_fuzz::VARIABLE).unwrap_or_default();
    let Some(target) = annals_fuzz::target(&name) else {
        eprintln!("error: `{}` is `{name}`, which is no target (hint: one of `fuzz/seeds`)", annals_fuzz::VARIABLE);
        return ExitCode::from(2);
    };
    for path in std::env::args_os().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("error: cannot read `{}`: {error}", path.display());
                return ExitCode::from(3);
            }
        };
        (target.run)(&bytes);
        eprintln!("`{}` holds", path.display());
    }
    ExitCode::SUCCESS
}

//! The public API, kept as a snapshot: a change of it is seen in review, and none comes by accident.
//!
//! Tools that print an API need an unstable compiler, so the sources are read instead: what `lib.rs` and its public modules export, and of each such item its declaration, public fields,
//! inherent methods and implemented traits, as `rustfmt` laid them out. What macros make of it stands there as the macro was called.
//! `cargo insta review` takes a wanted change over.

mod declarations;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use self::declarations::{Source, declarations, identifiers};

/// The crates whose items `annals` exports, itself included.
const CRATES: [&str; 4] = ["annals", "annals-event", "annals-postgres", "annals-store"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// All sources of a crate but its tests, in the order of their paths.
fn sources(name: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&folder(name).join("src"), &mut paths);
    parsed(paths)
}

/// Those in a folder and all folders in it.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !["suite", "tests"].contains(&name.as_str()) {
            collect(&path, paths);
        } else if path.extension().is_some_and(|it| it == "rs")
            && !["tests.rs", "shuttle.rs", "suite.rs"].contains(&name.as_str())
        {
            paths.push(path);
        }
    }
}

fn parsed(mut paths: Vec<PathBuf>) -> Vec<Source> {
    paths.sort();
    paths.iter().map(|path| Source::parse(&fs::read_to_string(path).unwrap())).collect()
}

/// A public module of `annals`: its own sources, and what it declares or passes on of them.
struct Module {
    name: String,
    sources: Vec<Source>,
    exports: BTreeSet<String>,
}

fn modules() -> Vec<Module> {
    let source = folder("annals").join("src");
    let library = fs::read_to_string(source.join("lib.rs")).unwrap();
    let names = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names
        .map(|name| {
            let file = source.join(format!("{name}.rs"));
            let text = fs::read_to_string(&file).unwrap();
            let mut paths = vec![file];
            if source.join(name).is_dir() {
                collect(&source.join(name), &mut paths);
            }
            Module { name: name.to_owned(), sources: parsed(paths), exports: module_exports(&text) }
        })
        .collect()
}

/// What a module's file passes on from the files below it, and what it declares itself.
fn module_exports(text: &str) -> BTreeSet<String> {
    let mut exports = BTreeSet::new();
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| ["\n", line]).collect();
    for export in code.split("\npub use ").skip(1) {
        let (_, items) = export.split(';').next().unwrap().split_once("::").unwrap();
        exports.extend(identifiers(items).map(str::to_owned));
    }
    for line in code.lines().filter_map(|line| line.strip_prefix("pub ")) {
        let kinds = ["struct", "enum", "trait", "fn", "type", "const", "static", "mod"];
        let name = identifiers(line).skip_while(|word| !kinds.contains(word)).find(|word| !kinds.contains(word));
        exports.extend(name.filter(|_| !line.starts_with("use ")).map(str::to_owned));
    }
    exports
}

/// The items that `lib.rs` exports, by the crate that declares them; other crates' names under their own.
fn exports() -> BTreeMap<String, BTreeSet<String>> {
    let mut exports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let library = fs::read_to_string(folder("annals").join("src/lib.rs")).unwrap();
    let code: String = library.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for export in code.split("pub use ").skip(1) {
        let path = export.split(';').next().unwrap();
        let (root, items) = path.split_once("::").unwrap();
        let items = items.rsplit_once("::").map_or(items, |(_, last)| if items.contains('{') { items } else { last });
        let declared_by = match root.trim() {
            "annals_event" | "annals_postgres" | "annals_store" | "serde_json" => root.replace('_', "-"),
            // Exported twice, under `store` and at the root.
            "store" => continue,
            _ => "annals".to_owned(),
        };
        let names = identifiers(items).map(str::to_owned).filter(|name| name != root);
        exports.entry(declared_by).or_default().extend(names);
    }
    exports
}

/// The names of the crates from elsewhere that these crates use.
fn foreign_crates() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for name in CRATES {
        let manifest = fs::read_to_string(folder(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("\n[").filter(|section| section.contains("dependencies]"));
        for line in dependencies.flat_map(str::lines).filter(|line| !line.starts_with("annals") && line.contains('=')) {
            let name: String = line.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            names.insert(name.replace('-', "_"));
        }
    }
    names
}

/// The types of other people's crates that this declaration names, as far as its file imports them or it says their path.
fn foreign_types(source: &Source, declaration: &str, foreign: &BTreeSet<String>) -> Vec<String> {
    let imported = source.imports.iter().filter(|(root, _)| foreign.contains(*root)).flat_map(|(_, names)| names);
    let by_import = imported.filter(|name| identifiers(declaration).any(|found| found == name.as_str())).cloned();
    let by_path = foreign
        .iter()
        .filter(|name| declaration.match_indices(&format!("{name}::")).any(|(at, _)| is_path_start(declaration, at)))
        .map(|name| format!("{name}::"));
    by_import.chain(by_path).filter(|name| name != "Value" && name != "serde_json::").collect()
}

/// Whether a path begins here, and not in the middle of a longer one.
fn is_path_start(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
}

#[test]
fn the_public_api_is_what_its_snapshot_says() {
    let exports = exports();
    let mut text = String::new();
    for name in CRATES {
        let mut found = BTreeSet::new();
        for source in sources(name) {
            for (item, declaration) in declarations(&source, &exports[name]) {
                writeln!(text, "{}::{declaration}\n", name.replace('-', "_")).unwrap();
                found.insert(item);
            }
        }
        let missing: Vec<_> = exports[name].difference(&found).collect();
        assert!(missing.is_empty(), "exported by `annals`, and no declaration found in `{name}`: {missing:?}");
    }
    for module in modules() {
        let mut found = BTreeSet::new();
        for source in &module.sources {
            for (item, declaration) in declarations(source, &module.exports) {
                writeln!(text, "annals::{}::{declaration}\n", module.name).unwrap();
                found.insert(item);
            }
        }
        let missing: Vec<_> = module.exports.difference(&found).collect();
        assert!(missing.is_empty(), "exported by `annals::{}`, and no declaration found: {missing:?}", module.name);
    }
    insta::assert_snapshot!("public-api", text);
}

#[test]
fn public_modules_and_what_they_pass_on_are_seen() {
    let modules = modules();
    let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    assert!(["verify", "proof", "bundle", "backup"].iter().all(|name| names.contains(name)), "{names:?}");
    let text = "//! pub use no::Word;\npub use a::{B, C};\npub use d::E;\npub(crate) use f::G;\n\npub const fn h() {}\npub(super) struct I;\n";
    assert_eq!(module_exports(text), ["B", "C", "E", "h"].map(str::to_owned).into());
}

#[test]
fn no_type_of_other_peoples_crates_is_in_the_public_api_but_a_json_value() {
    let exports = exports();
    let from_elsewhere: Vec<&String> = exports.keys().filter(|name| !CRATES.contains(&name.as_str())).collect();
    assert_eq!(from_elsewhere, ["serde-json"]);
    assert_eq!(exports["serde-json"].iter().collect::<Vec<_>>(), ["Value", "json"]);
    let foreign = foreign_crates();
    assert!(foreign.contains("serde_json") && foreign.contains("tracing"), "{foreign:?}");
    for name in CRATES {
        for source in sources(name) {
            for (item, declaration) in declarations(&source, &exports[name]) {
                let types = foreign_types(&source, &declaration, &foreign);
                assert_eq!(
                    types,
                    Vec::<String>::new(),
                    "`{item}` shows types of other people's crates:\n{declaration}"
                );
            }
        }
    }
    for module in modules() {
        for source in &module.sources {
            for (item, declaration) in declarations(source, &module.exports) {
                let types = foreign_types(source, &declaration, &foreign);
                assert_eq!(types, Vec::<String>::new(), "`{}::{item}`:\n{declaration}", module.name);
            }
        }
    }
}

#[test]
fn the_control_finds_a_type_of_another_crate_however_it_is_named() {
    let foreign = foreign_crates();
    let exported = BTreeSet::from(["Shown".to_owned()]);
    let check = |text: &str| {
        let source = Source::parse(text);
        let found = declarations(&source, &exported);
        assert_eq!(found.len(), 1, "{found:?}");
        foreign_types(&source, &found[0].1, &foreign)
    };
    assert_eq!(check("use tracing::{Level, Span};\n\npub struct Shown {\n    pub span: Span,\n}\n"), ["Span"]);
    assert_eq!(
        check("pub struct Shown;\n\nimpl Shown {\n    pub fn go(&self, at: sha2::Sha256) {\n    }\n}\n"),
        ["sha2::"]
    );
    assert_eq!(check("use tracing::Level;\n\npub struct Shown {\n    level: Level,\n}\n"), Vec::<String>::new());
    assert_eq!(check("use serde_json::Value;\n\npub fn Shown(value: Value) {\n}\n"), Vec::<String>::new());
}

//! Two forms of one word have one stem, in every language that has any.

use proptest::prelude::*;

use super::*;

#[test]
fn forms_of_a_word_have_one_stem() {
    let table = [
        ("en", "backups", "backup"),
        ("en", "failing", "failed"),
        ("de", "sicherungen", "sicherung"),
        ("fr", "sauvegardes", "sauvegarde"),
        ("es", "copias", "copia"),
        ("it", "banche", "banca"),
        ("nl", "servers", "server"),
        ("pt", "dados", "dado"),
        ("ru", "копии", "копия"),
        ("sv", "datorerna", "datorer"),
        ("da", "filerne", "filer"),
        ("no", "filene", "filer"),
        ("fi", "talossa", "talon"),
        ("hu", "házak", "ház"),
        ("tr", "evler", "ev"),
        ("ro", "casele", "casă"),
        ("el", "αρχεία", "αρχείο"),
        ("ar", "الكتاب", "كتاب"),
    ];
    for (language, one, other) in table {
        assert_eq!(stem(one, Some(language)), stem(other, Some(language)), "{language}: `{one}`, `{other}`");
    }
}

#[test]
fn every_language_of_the_contract_has_an_algorithm() {
    for language in STEMMED {
        assert!(algorithm(language).is_some(), "{language}");
    }
    assert_eq!(stem("backups", None), "backups");
    assert_eq!(stem("backups", Some("zh")), "backups");
}

proptest! {
    /// Generated code walks the word by bytes; whatever is given, it neither fails nor grows without bound.
    #[test]
    fn no_word_is_too_strange(word in "\\PC{0,24}", language in 0..STEMMED.len()) {
        let stem = stem(&word.to_lowercase(), Some(STEMMED[language]));
        prop_assert!(stem.len() <= word.len() * 4 + 16);
    }
}

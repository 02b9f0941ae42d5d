//! Where an entry is cut.

use annals_event::Timestamp;
use annals_store::awareness::{EntryId, EntryType};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn note(description: &str, content: &str) -> Entry {
    let mut entry = Entry::new(EntryId::v4([7; 16]), EntryType::Note, "nas", Timestamp::from_nanos(0));
    entry.data.insert("description".to_owned(), json!(description));
    entry.data.insert("content".to_owned(), json!(content));
    entry
}

fn texts(entry: &Entry) -> Vec<String> {
    of(entry).into_iter().map(|passage| passage.text).collect()
}

#[test]
fn a_short_entry_is_one_passage_and_one_that_says_nothing_none() {
    assert_eq!(texts(&note("Disk full", "since Tuesday")), ["Disk full\nsince Tuesday"]);
    assert_eq!(texts(&note("Disk full", "")), ["Disk full"]);
    assert_eq!(texts(&note(" ", "")), Vec::<String>::new());
}

#[test]
fn a_long_entry_is_cut_behind_sentences_and_each_passage_has_the_title() {
    let sentence = "The disk of the server in the cellar was full again this morning. ";
    let passages = texts(&note("Disk full", &sentence.repeat(40)));
    assert!(2 < passages.len());
    for passage in &passages {
        assert!(passage.starts_with("Disk full\n") && passage.len() <= LONGEST + 1, "{passage}");
        assert!(passage.ends_with("morning."), "{passage}");
    }
    assert_eq!(of(&note("a", "b"))[0].digest, of(&note("a", "b"))[0].digest);
    assert_ne!(of(&note("a", "b"))[0].digest, of(&note("a", "c"))[0].digest);
}

proptest! {
    /// Whatever a text is made of, each of its words is in some passage, and no passage is too long.
    #[test]
    fn nothing_is_lost_between_two_passages(words in proptest::collection::vec("[a-zé東。. \n]{1,40}", 0..400), title in "[a-z東 ]{0,600}") {
        let content = words.join(" ");
        let passages = texts(&note(&title, &content));
        let n_bytes: usize = passages.iter().map(String::len).sum();
        prop_assert!(content.split_whitespace().map(str::len).sum::<usize>() <= n_bytes || passages.len() == MOST);
        for passage in &passages {
            prop_assert!(passage.len() <= LONGEST + 1);
        }
        if passages.len() < MOST {
            for word in content.split_whitespace().filter(|word| word.len() < SHARED) {
                prop_assert!(passages.iter().any(|passage| passage.contains(word)), "`{}` is lost", word);
            }
        }
    }
}

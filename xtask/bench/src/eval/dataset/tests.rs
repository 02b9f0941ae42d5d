//! Both shapes are read from small invented files, and what is no dataset is refused by name.

use serde_json::{Value, json};

use super::{Dataset, Date, Each, Shape, locomo};

fn conversations() -> Value {
    json!([
        {
            "sample_id": "talk-1",
            "conversation": {
                "speaker_a": "Ida",
                "session_2_date_time": "12:05 am on 3 March, 2021",
                "session_2": [
                    { "speaker": "Ida", "dia_id": "D2:1", "text": "The kiln is warm." },
                ],
                "session_1_date_time": "1:56 pm on 28 February, 2021",
                "session_1": [
                    { "speaker": "Ida", "dia_id": "D1:1", "text": "I bought a kiln." },
                    { "speaker": "Otto", "dia_id": "D1:2", "text": "Look!", "blip_caption": "a blue bowl" },
                ],
                // A date without a session, as the real files have them.
                "session_3_date_time": "1:00 pm on 4 March, 2021",
            },
            "qa": [
                { "question": "What did Ida buy?", "answer": "a kiln", "evidence": ["D1:1"], "category": 4 },
                { "question": "What is warm?", "answer": "it", "evidence": ["D2:1; D1:1", "D:1:2", "D2:1"], "category": 1 },
                { "question": "Whose evidence is wrong?", "answer": 7, "evidence": ["D9:9", "D", "D1:x"], "category": 3 },
                { "question": "Who has none?", "evidence": [], "category": 5 },
            ],
        },
        { "conversation": { "session_1": [{ "speaker": "Eva", "dia_id": "D1:1", "text": "Hi." }] }, "qa": [] },
    ])
}

fn questions() -> Value {
    let shared = json!([{ "role": "user", "content": "I have a dog." }]);
    let marked = json!([{ "role": "user", "content": "I have a dog.", "has_answer": true }]);
    let own = json!([{ "role": "user", "content": "one\ntwo" }, { "role": "assistant", "content": "Fine." }]);
    json!([
        {
            "question_id": "q1", "question_type": "single", "question": "Which pet?", "question_date": "2023/05/30 (Tue) 10:00",
            "answer": "a dog", "haystack_sessions": [own, marked], "haystack_session_ids": ["b", "answer_a"],
            "haystack_dates": ["2023/05/20 (Sat) 02:21", "2023/05/21 (Sun) 14:00"], "answer_session_ids": ["answer_a"],
        },
        {
            "question_id": "q2_abs", "question_type": "multi", "question": "Which cat?", "answer": "none",
            "haystack_sessions": [shared], "haystack_session_ids": ["answer_a"],
            "haystack_dates": ["2023/05/21 (Sun) 14:00"], "answer_session_ids": [],
        },
    ])
}

fn read(value: Value) -> Dataset {
    Dataset::read(value).expect("it is a dataset")
}

#[track_caller]
fn refused(value: Value, with: &str) {
    let error = format!("{:#}", Dataset::read(value).expect_err("it is no dataset"));
    assert!(error.contains(with), "`{error}` lacks `{with}`");
}

#[test]
fn locomo_is_read_in_the_order_of_its_sessions() {
    let dataset = read(conversations());
    assert_eq!(dataset.shape, Shape::LoCoMo);
    assert_eq!(dataset.n_turns(), 4);
    let [talk, unnamed] = &dataset.haystacks[..] else { panic!("{dataset:?}") };
    assert_eq!((talk.name.as_str(), unnamed.name.as_str()), ("talk-1", "conversation-2"));
    let first = talk.entries(&talk.sessions[0], Each::Turn);
    assert_eq!(first[0].description, "Ida: I bought a kiln.");
    assert_eq!(first[1].description, "Otto: Look! (a blue bowl)");
    assert_eq!((first[1].key.as_str(), &first[1].content), ("s1t2", &None));
    assert_eq!(first[1].tags, ["session1", "1:56 pm on 28 February, 2021", "2021-02-28"]);
    let whole = talk.entries(&talk.sessions[0], Each::Session);
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].content.as_deref(), Some("Ida: I bought a kiln.\nOtto: Look! (a blue bowl)"));
    assert_eq!(whole[0].key, "s1");
}

#[test]
fn misspelt_evidence_is_read_and_what_does_not_exist_is_dropped() {
    let dataset = read(conversations());
    let evidence = |each| {
        let of = |question: &super::Question| question.evidence(&dataset.haystacks[question.haystack], each);
        dataset.questions.iter().map(of).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    let turns = evidence(Each::Turn);
    assert_eq!(turns[0], ["s1t1"]);
    assert_eq!(turns[1], ["s1t1", "s1t2", "s2t1"]);
    assert_eq!(turns[2], none);
    assert_eq!(turns[3], none);
    assert_eq!(evidence(Each::Session)[1], ["s1", "s2"]);
    assert_eq!(dataset.questions[1].category, "1");
}

#[test]
fn ids_of_turns_are_found_wherever_they_stand() {
    assert_eq!(locomo::ids("D8:6; D9:17"), [(8, 6), (9, 17)]);
    assert_eq!(locomo::ids("D:11:26"), [(11, 26)]);
    assert_eq!(locomo::ids("D1:2 D3:4D5:6"), [(1, 2), (3, 4), (5, 6)]);
    assert_eq!(locomo::ids("D D1 D1: Dx:1 1:2"), []);
}

#[test]
fn longmemeval_shares_what_was_said_and_marks_it_for_its_question_alone() {
    let dataset = read(questions());
    assert_eq!(dataset.shape, Shape::LongMemEval);
    let [first, second] = &dataset.questions[..] else { panic!("{dataset:?}") };
    let [one, other] = &dataset.haystacks[..] else { panic!("{dataset:?}") };
    assert!(std::sync::Arc::ptr_eq(&one.sessions[1].turns, &other.sessions[0].turns));
    assert_eq!((first.haystack, first.evidence(one, Each::Turn)), (0, vec!["s2t1".to_owned()]));
    assert_eq!(first.evidence(one, Each::Session), ["s2"]);
    assert!(!first.has_no_answer && second.has_no_answer);
    assert_eq!((second.haystack, second.category.as_str()), (1, "multi"));
    assert!(second.evidence(other, Each::Turn).is_empty());
    let long = &one.entries(&one.sessions[0], Each::Turn)[0];
    assert_eq!((long.description.as_str(), long.content.as_deref()), ("user: one", Some("one\ntwo")));
    assert_eq!(long.tags, ["session1", "2023/05/20 (Sat) 02:21", "2023-05-20"]);
}

#[test]
fn questions_of_one_haystack_share_it() {
    let mut items = questions();
    let again = items[0].clone();
    items.as_array_mut().expect("it is a list").push(again);
    let dataset = read(items);
    assert_eq!(dataset.haystacks.len(), 2);
    assert_eq!(dataset.questions[2].haystack, 0);
}

#[test]
fn what_is_no_dataset_is_told_what_was_expected() {
    refused(json!({ "a": 1 }), "it is no list (hint: give a list of LoCoMo's conversations");
    refused(json!([]), "the list is empty");
    refused(
        json!([{ "id": 1, "text": "x" }]),
        r#"its first item has the members ["id", "text"] (hint: give a list of LoCoMo's"#,
    );
    refused(json!([7]), "its first item has the members []");
}

#[test]
fn what_is_wrong_inside_is_named() {
    let mut conversation = conversations();
    conversation[0]["conversation"]["session_1"][1]["text"] = json!(7);
    refused(conversation, "`text` of turn 2 of session 1 of conversation 1 is no text");
    let mut conversation = conversations();
    conversation[0]["conversation"]["session_1"][1]["dia_id"] = json!("one");
    refused(conversation, "`dia_id` of turn 2 of session 1 of conversation 1 is not like `D1:3`");
    let mut questions = questions();
    questions[0]["haystack_dates"] = json!([]);
    refused(questions, "question 1 has 2 sessions and 0 texts in `haystack_dates`");
}

#[test]
fn so_many_questions_are_left_spread_over_the_file() {
    for (n_kept, expected) in [(1, 1), (2, 2), (3, 3), (4, 4), (9, 4)] {
        let mut dataset = read(conversations());
        dataset.keep_questions(n_kept);
        assert_eq!(dataset.questions.len(), expected, "{n_kept}");
    }
    let mut dataset = read(conversations());
    dataset.keep_questions(2);
    assert_eq!(dataset.questions[1].text, "Who has none?");
}

#[test]
fn dates_are_read_as_both_write_them() {
    let read = |text| {
        let date = Date::of(text);
        (date.day().unwrap_or_default(), date.moment().unwrap_or_default())
    };
    let is = |day: &str, moment: &str| (day.to_owned(), moment.to_owned());
    assert_eq!(read("1:56 pm on 8 May, 2023"), is("2023-05-08", "2023-05-08T13:56:00Z"));
    assert_eq!(read("12:09 am on 13 September, 2023"), is("2023-09-13", "2023-09-13T00:09:00Z"));
    assert_eq!(read("2023/05/20 (Sat) 02:21"), is("2023-05-20", "2023-05-20T02:21:00Z"));
    assert_eq!(read("2023-05-20"), is("2023-05-20", "2023-05-20T12:00:00Z"));
    assert_eq!(read("some day"), is("", ""));
    assert_eq!(read("2023/15/20"), is("", ""));
}

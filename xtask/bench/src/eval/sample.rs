//! Small invented datasets of both shapes, for tests.

use serde_json::{Value, json};

use super::dataset::Dataset;

/// Two conversations, one question with an answer in each and one without evidence.
pub(super) fn locomo() -> Dataset {
    let talk = |name: &str, thing: &str| -> Value {
        json!({
            "sample_id": name,
            "conversation": {
                "session_1_date_time": "1:56 pm on 28 February, 2021",
                "session_1": [
                    { "speaker": "Ida", "dia_id": "D1:1", "text": format!("I bought a {thing}.") },
                    { "speaker": "Otto", "dia_id": "D1:2", "text": "Nice." },
                ],
            },
            "qa": [
                { "question": format!("Who has a {thing}?"), "evidence": ["D1:1"], "category": 4 },
                { "question": "Why?", "evidence": [], "category": 1 },
            ],
        })
    };
    Dataset::read(json!([talk("talk-1", "kiln"), talk("talk-2", "loom")])).expect("it has the shape")
}

/// Three questions: two with a session of their own and one that they share, and one without an answer.
pub(super) fn longmemeval() -> Dataset {
    let question = |id: &str, sessions: [&str; 2], answering: &[&str]| -> Value {
        let said =
            |session: &str| json!([{ "role": "user", "content": session, "has_answer": answering.contains(&session) }]);
        json!({
            "question_id": id, "question_type": "single", "question": format!("What of {id}?"), "answer": "",
            "haystack_sessions": sessions.map(said), "haystack_session_ids": sessions,
            "haystack_dates": ["2023/05/20 (Sat) 02:21", "2023/05/21 (Sun) 02:21"], "answer_session_ids": answering,
        })
    };
    let questions =
        [question("q1", ["a", "b"], &["b"]), question("q2", ["b", "c"], &["c"]), question("q3_abs", ["d", "e"], &[])];
    Dataset::read(json!(questions)).expect("it has the shape")
}

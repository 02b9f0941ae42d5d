//! What a server answers to a batch. Whoever forwards takes it from the network, and keeps its journal by it.

use annals_forward::Answer;

pub(crate) fn run(bytes: &[u8]) {
    let Some((n_events, text)) = bytes.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let n_events = usize::from(*n_events);
    let Some(answer) = Answer::read(text, n_events) else { return };
    assert_eq!(answer.seqs.len(), n_events);
    assert_eq!(Answer::read(&answer.to_json(), n_events).as_ref(), Some(&answer));
}

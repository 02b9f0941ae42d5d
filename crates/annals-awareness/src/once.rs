//! Calls that their callers name, so that one that is sent again, because its answer was lost, is made once.
//!
//! The name is the caller's own: another credential's is another. What the call was answered is kept with what it changed, in one transaction, and is answered again for a week, whatever
//! became of the entry since. The same name for another call is a conflict. A call that changed nothing, or was refused, is simply made again.

use annals::Stop;
use annals_store::awareness::{Answered, Desk};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::arguments::Arguments;
use crate::awareness::{Awareness, Context, Halt, Told};
use crate::refusal::{Code, Refusal};

/// The argument that names a call.
const KEY: &str = "idempotency_key";

/// A call with a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Once {
    /// Of the name, and of whose it is.
    key: [u8; 32],
    /// Of what is called.
    call: [u8; 32],
}

impl Once {
    /// The name of this call, if it has one; an empty one is none.
    pub(crate) fn of(arguments: &Arguments, context: &Context, tool: &str) -> Result<Option<Self>, Refusal> {
        let Some(name) = arguments.text(KEY)?.filter(|name| !name.is_empty()) else { return Ok(None) };
        let mut key = Sha256::new();
        for part in [context.caller.space(), context.caller.credential(), &name] {
            text(&mut key, part);
        }
        let mut call = Sha256::new();
        text(&mut call, tool);
        value(&mut call, &arguments.all());
        Ok(Some(Self { key: key.finalize().into(), call: call.finalize().into() }))
    }
}

impl Awareness {
    /// One durable change of the caller's space, made once if it has a name. A work that answers `null` has changed nothing that is worth keeping.
    pub(crate) fn change_once(
        &self,
        context: &Context,
        tool: &'static str,
        once: Option<Once>,
        mut work: impl FnMut(&mut dyn Desk, &mut Told) -> Result<Value, Halt> + Send + 'static,
    ) -> Result<Value, Refusal> {
        self.change(context, tool, move |desk, told| {
            let Some(once) = once else { return work(desk, told) };
            if let Some(answered) = desk.answered(&once.key)? {
                if answered.call != once.call {
                    let message = "this key was used for another call (hint: give each call a key of its own)";
                    return Err(Stop::Refused(Refusal::new(Code::Conflict, message).at(KEY)));
                }
                // What was kept is JSON; were it not, the call is made as if it had no name.
                if let Ok(answer) = serde_json::from_str(&answered.answer) {
                    return Ok(answer);
                }
            }
            let answer = work(desk, told)?;
            if !answer.is_null() {
                desk.keep_answer(&once.key, &Answered { call: once.call, answer: answer.to_string() })?;
            }
            Ok(answer)
        })
    }
}

/// A text, so that no two lists of texts are the same bytes.
fn text(digest: &mut Sha256, text: &str) {
    digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
    digest.update(text);
}

/// A value, whatever the order of its members.
fn value(digest: &mut Sha256, given: &Value) {
    match given {
        Value::Object(members) => {
            digest.update(b"{");
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in members {
                text(digest, name);
                value(digest, member);
            }
            digest.update(b"}");
        }
        Value::Array(items) => {
            digest.update(b"[");
            for item in items {
                value(digest, item);
            }
            digest.update(b"]");
        }
        plain => text(digest, &plain.to_string()),
    }
}

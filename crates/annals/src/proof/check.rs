//! Checking a proof, with nothing but the proof and, at best, the log's key.

use std::collections::BTreeMap;
use std::fmt;

use annals_event::{Commitment, GroupKey, LeafGroup};
use annals_tlog::{Checkpoint, Hash, Note, Origin, TlogProof, VerifierKey};
use serde_json::Value;

/// What a proof that holds says.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Proven {
    /// The event's place in the log.
    pub seq: u64,
    /// The log, as its checkpoint calls it.
    pub origin: String,
    /// How many events the log had when the checkpoint was signed.
    pub size: u64,
    /// The key that signed the checkpoint; nothing where none was given, so that anybody may have made the proof.
    pub signer: Option<String>,
    /// The fields of the entry, by name.
    pub entry: BTreeMap<String, String>,
    /// The groups that are shown, each as the JSON object that was recorded.
    pub disclosed: Vec<(LeafGroup, String)>,
    /// The groups that the event has and that are not shown.
    pub withheld: Vec<LeafGroup>,
}

/// Why a proof does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotProven {
    message: String,
    is_about_key: bool,
}

impl NotProven {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_about_key: false }
    }

    /// Whether it is the key that makes no sense, so that nothing was checked.
    pub fn is_about_key(&self) -> bool {
        self.is_about_key
    }
}

impl fmt::Display for NotProven {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for NotProven {}

impl From<annals_tlog::Error> for NotProven {
    fn from(error: annals_tlog::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// Checks a proof: the checkpoint's signature if there is a key to check it with, the path from the entry to the root, and that each group shown is what the entry commits to.
pub fn verify_proof(text: &str, key: Option<&str>) -> Result<Proven, NotProven> {
    let proof: TlogProof = text.parse()?;
    let (checkpoint, signer) = open(proof.checkpoint(), key)?;
    let (entry_text, groups) = parts(proof.extra())?;
    proof.inclusion().verify(&Hash::of_leaf(entry_text.as_bytes()), checkpoint.head())?;
    let entry: BTreeMap<String, String> = serde_json::from_str(&entry_text)
        .map_err(|_| NotProven::new("the entry is no object of texts, so no event of Annals"))?;
    if entry.get("v").map(String::as_str) != Some("1") {
        return Err(NotProven::new("the entry is of a version that this Annals does not know"));
    }
    let mut disclosed = Vec::new();
    let mut withheld = Vec::new();
    for group in LeafGroup::ALL {
        let commitment = entry.get(group.name()).map(|hex| hex.parse::<Commitment>());
        match (commitment, groups.get(group.name())) {
            (None, None) => {}
            (Some(_), None) => withheld.push(group),
            (Some(Ok(commitment)), Some((key, bytes))) if key.commit(bytes.as_bytes()) == commitment => {
                disclosed.push((group, bytes.clone()));
            }
            (_, Some(_)) => return Err(NotProven::new(format!("`{group}` is not what the entry commits to"))),
        }
    }
    let origin = checkpoint.origin().to_string();
    Ok(Proven {
        seq: proof.inclusion().index(),
        origin,
        size: checkpoint.head().size,
        signer,
        entry,
        disclosed,
        withheld,
    })
}

/// The checkpoint, believed as far as there is a key.
fn open(note: &Note, key: Option<&str>) -> Result<(Checkpoint, Option<String>), NotProven> {
    let Some(key) = key else { return Ok((Checkpoint::unverified(note)?, None)) };
    let key: VerifierKey = key
        .trim()
        .parse()
        .map_err(|error: annals_tlog::Error| NotProven { message: error.to_string(), is_about_key: true })?;
    let checkpoint = Checkpoint::open(note, &Origin::from(key.name()), std::slice::from_ref(&key))?;
    Ok((checkpoint, Some(key.to_string())))
}

type Groups = BTreeMap<String, (GroupKey, String)>;

/// The entry and the groups of the extra data.
fn parts(extra: &[u8]) -> Result<(String, Groups), NotProven> {
    let not = |problem: &str| NotProven::new(format!("the proof's `extra` {problem}"));
    let object: Value = serde_json::from_slice(extra).map_err(|_| not("is no JSON object"))?;
    // What was read is the shortest text of its meaning: a longer one has a member twice, of which another reader may believe the other one.
    if object.to_string().len() != extra.len() {
        return Err(not("is written in another way than Annals writes it (hint: each member once, without spaces)"));
    }
    let object = object.as_object().ok_or_else(|| not("is no JSON object"))?;
    if object.keys().any(|name| name != "entry" && name != "disclosed") {
        return Err(not("has members other than `entry` and `disclosed`"));
    }
    let entry = object.get("entry").and_then(Value::as_str).ok_or_else(|| not("has no entry"))?;
    let mut groups = Groups::new();
    let disclosed = object.get("disclosed").and_then(Value::as_object).ok_or_else(|| not("has no `disclosed`"))?;
    for (name, shown) in disclosed {
        let _: LeafGroup = name.parse().map_err(|_| not("shows a group that there is not"))?;
        let shown = shown.as_object().filter(|shown| shown.len() == 2);
        let text = |member| shown.and_then(|shown| shown.get(member)).and_then(Value::as_str);
        let (key, bytes) = text("key")
            .and_then(|key| key.parse().ok())
            .zip(text("bytes"))
            .ok_or_else(|| not("shows a group without its key and bytes"))?;
        groups.insert(name.clone(), (key, bytes.to_owned()));
    }
    Ok((entry.to_owned(), groups))
}

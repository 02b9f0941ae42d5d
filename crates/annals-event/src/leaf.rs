//! The leaf: what an event is in the log's Merkle tree.
//!
//! A leaf's **entry** is the RFC 8785 form of one object, in which every value is a string and absent fields are left out:
//!
//! `{"context","created_at","details","duration_ms","event_type","id","n_redacted","occurred_at","operation_id","outcome",`
//! `"phase","producer","pseq","recorded_at","space","v","who"}`
//!
//! The names are those of the columns, times are RFC 3339 with nine decimals and `Z`, and `v` is `1`. The tree's hash of it
//! is `SHA-256(0x00 ‖ entry)`, as RFC 6962 says; the place of the leaf is the event's `seq`.
//!
//! `who`, `context` and `details` are no values but **commitments** to a group of columns each, so that an entry can be shown
//! to everybody: hexadecimal `SHA-256(key ‖ bytes)`, where `key` is `HMAC-SHA256(salt, name of the group)`, `salt` is the
//! row's 32 random bytes, and `bytes` is the RFC 8785 object of the group's present columns (for `details` exactly the
//! stored bytes). A group without a present column has no commitment. Whoever shows a group shows its bytes and its key,
//! from which neither the salt nor another group's key can be had.
//!
//! The entry is always computed from the row's own columns, when it is written and when it is verified: there is no second
//! copy of what an event says. A column that comes later joins a group, and old leaves stay valid; `v` changes when this
//! rule does.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::column::{Column, Group};
use crate::decode::Encoded;
use crate::error::{Invalid, InvalidKind};
use crate::hex;
use crate::id::{EventId, ProducerId};
use crate::stored::StoredEvent;
use crate::time::Timestamp;
use crate::words::{Outcome, Phase};

mod text;

#[cfg(test)]
mod tests;

/// The random bytes of one row, without which no commitment of it can be guessed.
pub type Salt = [u8; 32];

/// A group of columns that a leaf commits to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LeafGroup {
    /// `credential` and the columns of [`Group::Who`].
    Who,
    /// The columns of [`Group::Context`].
    Context,
    /// `details`.
    Details,
}

impl LeafGroup {
    /// All groups.
    pub const ALL: [Self; 3] = [Self::Who, Self::Context, Self::Details];

    /// The name in an entry, and the message of the key's HMAC.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::Context => "context",
            Self::Details => "details",
        }
    }
}

impl fmt::Display for LeafGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for LeafGroup {
    type Err = Invalid;

    fn from_str(name: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|group| group.name() == name).ok_or_else(|| {
            let problem = format!("`{}` is no group", crate::error::quoted(name));
            Invalid::new("group", InvalidKind::Malformed, problem).with_hint("one of who, context, details")
        })
    }
}

/// The key of one group of one row: `HMAC-SHA256(salt, name of the group)`. Showing it opens this group's commitment alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GroupKey([u8; 32]);

impl GroupKey {
    /// Derives it from the row's salt.
    pub fn derive(salt: &Salt, group: LeafGroup) -> Self {
        Salted::new(salt).key(group)
    }

    /// Wraps a key that was stored or shown.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The commitment to these bytes.
    pub fn commit(&self, bytes: &[u8]) -> Commitment {
        Commitment(Sha256::new().chain_update(self.0).chain_update(bytes).finalize().into())
    }
}

/// HMAC-SHA256 (RFC 2104) after the salt went in, which is half of its work and the same for all groups of a row.
struct Salted {
    inner: Sha256,
    outer: Sha256,
}

impl Salted {
    fn new(salt: &Salt) -> Self {
        const BLOCK: usize = 64;
        let (mut inner, mut outer) = ([0x36_u8; BLOCK], [0x5c_u8; BLOCK]);
        for (n, byte) in salt.iter().enumerate() {
            inner[n] ^= byte;
            outer[n] ^= byte;
        }
        Self { inner: Sha256::new().chain_update(inner), outer: Sha256::new().chain_update(outer) }
    }

    fn key(&self, group: LeafGroup) -> GroupKey {
        let inner = self.inner.clone().chain_update(group.name()).finalize();
        GroupKey(self.outer.clone().chain_update(inner).finalize().into())
    }
}

/// What a leaf holds of a group: `SHA-256(key ‖ bytes)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// Wraps a commitment that was stored or shown.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

macro_rules! hexadecimal {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = String::with_capacity(64);
                hex::push(&mut text, &self.0);
                f.pad(&text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            /// Reads 64 hexadecimal digits.
            fn from_str(text: &str) -> Result<Self, Invalid> {
                hex::read32(text).map(Self).ok_or_else(|| {
                    Invalid::new("hex", InvalidKind::Malformed, "a hash or key is 64 hexadecimal digits")
                })
            }
        }
    )+};
}

hexadecimal!(GroupKey, Commitment);

/// The commitments of one leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Commitments {
    /// To who acted.
    pub who: Option<Commitment>,
    /// To where and on what.
    pub context: Option<Commitment>,
    /// To the details.
    pub details: Option<Commitment>,
}

impl Commitments {
    /// The commitment to a group.
    pub fn get(&self, group: LeafGroup) -> Option<Commitment> {
        match group {
            LeafGroup::Who => self.who,
            LeafGroup::Context => self.context,
            LeafGroup::Details => self.details,
        }
    }

    /// Sets the commitment to a group.
    pub fn set(&mut self, group: LeafGroup, commitment: Option<Commitment>) {
        match group {
            LeafGroup::Who => self.who = commitment,
            LeafGroup::Context => self.context = commitment,
            LeafGroup::Details => self.details = commitment,
        }
    }
}

/// Everything of a row that its leaf is made of, but for the salt; borrowed from wherever the row is.
#[derive(Clone, Debug)]
pub struct LeafRow<'a> {
    /// The event's id.
    pub id: EventId,
    /// Its type.
    pub event_type: &'a str,
    /// The time of the call.
    pub created_at: Timestamp,
    /// When it was numbered.
    pub recorded_at: Timestamp,
    /// The sender's own time.
    pub occurred_at: Option<Timestamp>,
    /// Whose record it is.
    pub space: &'a str,
    /// Who is behind the call; nothing once that was erased.
    pub credential: Option<&'a str>,
    /// The journal it came through.
    pub producer: ProducerId,
    /// Its place in that journal.
    pub pseq: u64,
    /// The phase.
    pub phase: Phase,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The duration in milliseconds.
    pub duration_ms: Option<u64>,
    /// How many secrets were taken out.
    pub n_redacted: u32,
    /// The text columns, by [`Column::index`].
    pub texts: [Option<&'a str>; Column::COUNT],
    /// The details, exactly as stored.
    pub details: Option<&'a str>,
}

impl<'a> LeafRow<'a> {
    /// The row that an event becomes when it gets its place in the log.
    pub fn of_encoded(event: &Encoded<'a>, recorded_at: Timestamp, producer: ProducerId, pseq: u64) -> Self {
        Self {
            id: event.id(),
            event_type: event.event_type(),
            created_at: event.created_at(),
            recorded_at,
            occurred_at: event.occurred_at(),
            space: event.space(),
            credential: Some(event.credential()).filter(|credential| !credential.is_empty()),
            producer,
            pseq,
            phase: event.phase(),
            outcome: event.outcome(),
            duration_ms: event.duration_ms(),
            n_redacted: event.n_redacted(),
            texts: std::array::from_fn(|n| event.get(Column::ALL[n])),
            details: event.details(),
        }
    }

    /// The row that an event was read from.
    pub fn of_stored(event: &'a StoredEvent) -> Self {
        Self {
            id: event.id,
            event_type: &event.event_type,
            created_at: event.created_at,
            recorded_at: event.recorded_at,
            occurred_at: event.occurred_at,
            space: &event.space,
            credential: event.credential.as_deref(),
            producer: event.producer,
            pseq: event.pseq,
            phase: event.phase,
            outcome: event.outcome,
            duration_ms: event.duration_ms,
            n_redacted: event.n_redacted,
            texts: std::array::from_fn(|n| event.get(Column::ALL[n])),
            details: event.details.as_deref(),
        }
    }

    /// Appends a group's bytes, those that are committed to; false, and nothing appended, when none of its columns is present.
    pub fn group_bytes(&self, group: LeafGroup, out: &mut Vec<u8>) -> bool {
        let names: &[Named] = match group {
            LeafGroup::Who => WHO,
            LeafGroup::Context => CONTEXT,
            LeafGroup::Details => {
                out.extend_from_slice(self.details.unwrap_or_default().as_bytes());
                return self.details.is_some();
            }
        };
        let mut object = text::Object::new(out);
        for name in names {
            match name {
                Named::Credential => object.text("credential", self.credential),
                Named::Column(column) => object.text(column.name(), self.texts[column.index()]),
            }
        }
        object.end_unless_empty()
    }

    /// The commitments to its groups. `scratch` is memory to work in.
    pub fn commitments(&self, salt: &Salt, scratch: &mut Vec<u8>) -> Commitments {
        let salted = Salted::new(salt);
        let mut commitments = Commitments::default();
        for group in LeafGroup::ALL {
            scratch.clear();
            if self.group_bytes(group, scratch) {
                commitments.set(group, Some(salted.key(group).commit(scratch)));
            }
        }
        commitments
    }

    /// Appends the leaf's entry.
    pub fn entry(&self, commitments: &Commitments, out: &mut Vec<u8>) {
        let mut object = text::Object::new(out);
        object.hex("context", commitments.context.as_ref().map(|commitment| &commitment.0[..]));
        object.time("created_at", Some(self.created_at));
        object.hex("details", commitments.details.as_ref().map(|commitment| &commitment.0[..]));
        object.number("duration_ms", self.duration_ms);
        object.text("event_type", Some(self.event_type));
        object.id("id", self.id);
        object.number("n_redacted", Some(self.n_redacted.into()));
        object.time("occurred_at", self.occurred_at);
        object.text("operation_id", self.texts[Column::OperationId.index()]);
        object.text("outcome", self.outcome.map(Outcome::as_str));
        object.text("phase", Some(self.phase.as_str()));
        object.hex("producer", Some(&self.producer.as_bytes()[..]));
        object.number("pseq", Some(self.pseq));
        object.time("recorded_at", Some(self.recorded_at));
        object.text("space", Some(self.space));
        object.text("v", Some("1"));
        object.hex("who", commitments.who.as_ref().map(|commitment| &commitment.0[..]));
        object.end_unless_empty();
    }
}

/// A column of a group, `credential` being one that has no [`Column`].
#[derive(Clone, Copy)]
enum Named {
    Credential,
    Column(Column),
}

/// The columns of each group in the order of RFC 8785, which for these names is that of their bytes; a test holds the lists against [`Group`].
const WHO: &[Named] = &[
    Named::Column(Column::ActorName),
    Named::Column(Column::AgentVersion),
    Named::Column(Column::Client),
    Named::Credential,
    Named::Column(Column::Model),
    Named::Column(Column::OnBehalfOf),
    Named::Column(Column::UserIdentity),
];
const CONTEXT: &[Named] = &[
    Named::Column(Column::Approver),
    Named::Column(Column::CorrelationId),
    Named::Column(Column::Decision),
    Named::Column(Column::Host),
    Named::Column(Column::ParentId),
    Named::Column(Column::PlanId),
    Named::Column(Column::Policy),
    Named::Column(Column::ProjectName),
    Named::Column(Column::Resource),
    Named::Column(Column::RootPlanId),
    Named::Column(Column::SessionId),
    Named::Column(Column::Tool),
    Named::Column(Column::Traceparent),
];

/// Which leaf group a text column is in; nothing for those that stand in the entry in clear.
pub const fn leaf_group(column: Column) -> Option<LeafGroup> {
    match column.group() {
        Group::Operation => None,
        Group::Who => Some(LeafGroup::Who),
        Group::Context => Some(LeafGroup::Context),
    }
}

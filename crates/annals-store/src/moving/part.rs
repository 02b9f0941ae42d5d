//! What a database is made of when it moves: parts, each a table of plain values that every database can make of its own tables.
//!
//! A part's columns have the names of the public schema. Their first ones are its key, by which its rows are in order and told apart.

use annals_event::Column as Text;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    /// None.
    Null,
    /// A number; a flag is 0 or 1, a time nanoseconds since 1970.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A vector.
    Vector(Vec<f32>),
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// [`Cell::Number`].
    Number,
    /// [`Cell::Number`], 0 or 1.
    Flag,
    /// [`Cell::Text`].
    Text,
    /// [`Cell::Bytes`].
    Bytes,
    /// [`Cell::Vector`].
    Vector,
}

/// A column; any but those of the key may be [`Cell::Null`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// One kind of rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    /// The events.
    Event,
    /// What is kept of emptied rows.
    Commitment,
    /// Which event emptied which row.
    Emptied,
    /// The tree.
    Tile,
    /// Signed checkpoints.
    Checkpoint,
    /// Pinned keys.
    Key,
    /// The log's earlier names.
    History,
    /// The marks of producers.
    Producer,
    /// Events that were put aside.
    DeadLetter,
    /// Operations without their outcome; what they are called is in their events.
    Operation,
    /// Sessions without their end; what they are called is in their events.
    Session,
    /// Named writes.
    Idempotency,
    /// The numbers of spaces.
    Space,
    /// What agents know.
    Entry,
    /// The tags of entries.
    Tag,
    /// Which entries an entry names as related.
    Link,
    /// What entries were before.
    Change,
    /// The words of entries, with single blanks between them.
    Words,
    /// The languages of a space's words.
    Language,
    /// Who read entries and acted on them.
    Usage,
    /// How often entries were read.
    Readings,
    /// What named calls were answered.
    Answer,
    /// The models of vectors.
    Model,
    /// By which model each entry was embedded.
    Embedding,
    /// Vectors.
    Vector,
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Flag }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

/// What stands before the texts of an event.
const EVENT: &[Column] = &[
    number("seq"),
    bytes("id"),
    text("event_type"),
    number("created_at"),
    number("recorded_at"),
    number("occurred_at"),
    text("space"),
    text("credential"),
    bytes("producer"),
    number("pseq"),
    text("phase"),
    text("outcome"),
    number("duration_ms"),
    number("n_redacted"),
    number("erased_by"),
    bytes("salt"),
    text("details"),
];

impl Part {
    /// All, in the order in which they move. What names a row of another part comes behind it.
    pub const ALL: [Self; 25] = [
        Self::Event,
        Self::Commitment,
        Self::Emptied,
        Self::Tile,
        Self::Checkpoint,
        Self::Key,
        Self::History,
        Self::Producer,
        Self::DeadLetter,
        Self::Operation,
        Self::Session,
        Self::Idempotency,
        Self::Space,
        Self::Entry,
        Self::Tag,
        Self::Link,
        Self::Change,
        Self::Words,
        Self::Language,
        Self::Usage,
        Self::Readings,
        Self::Answer,
        Self::Model,
        Self::Embedding,
        Self::Vector,
    ];

    /// Its name, which is its table's in the public schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Commitment => "commitment",
            Self::Emptied => "emptied",
            Self::Tile => "tile",
            Self::Checkpoint => "checkpoint",
            Self::Key => "log_key",
            Self::History => "log_history",
            Self::Producer => "producer",
            Self::DeadLetter => "dead_letter",
            Self::Operation => "open_operation",
            Self::Session => "open_session",
            Self::Idempotency => "idempotency",
            Self::Space => "entry_space",
            Self::Entry => "entry",
            Self::Tag => "entry_tag",
            Self::Link => "entry_link",
            Self::Change => "entry_change",
            Self::Words => "entry_text",
            Self::Language => "entry_language",
            Self::Usage => "entry_usage",
            Self::Readings => "entry_readings",
            Self::Answer => "entry_answer",
            Self::Model => "embedding_model",
            Self::Embedding => "entry_embedding",
            Self::Vector => "entry_vector",
        }
    }

    /// The part of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// How many of its columns are its key.
    pub const fn n_key(self) -> usize {
        match self {
            Self::Tile
            | Self::Emptied
            | Self::Idempotency
            | Self::Tag
            | Self::Link
            | Self::Change
            | Self::Language
            | Self::Readings
            | Self::Answer => 2,
            Self::Vector => 3,
            _ => 1,
        }
    }

    /// Its columns, the key first.
    pub fn columns(self) -> Vec<Column> {
        let columns: &[Column] = match self {
            Self::Event => {
                let texts = Text::ALL.iter().map(|column| text(column.name()));
                return EVENT.iter().copied().chain(texts).collect();
            }
            Self::Commitment => &[
                number("seq"),
                bytes("who"),
                bytes("context"),
                bytes("details"),
                bytes("who_key"),
                bytes("context_key"),
            ],
            Self::Emptied => &[number("by_seq"), number("seq")],
            Self::Tile => &[number("level"), number("n"), bytes("hashes")],
            Self::Checkpoint => &[number("size"), bytes("log_id"), text("note"), number("signed_at"), text("kept")],
            Self::Key => &[number("n"), bytes("log_id"), text("vkey"), number("from_size")],
            Self::History => &[number("n"), bytes("log_id"), number("n_events"), number("replaced_at")],
            Self::Producer => &[bytes("producer"), number("next_pseq"), number("n_shed"), text("credential")],
            Self::DeadLetter => {
                &[number("gap_seq"), bytes("producer"), number("pseq"), text("reason"), bytes("payload")]
            }
            Self::Operation => &[number("seq"), bytes("owner"), number("recorded_at")],
            Self::Session => &[number("seq"), number("created_at"), number("recorded_at")],
            Self::Idempotency => {
                &[bytes("key"), number("n"), bytes("body"), bytes("id"), number("seq"), number("written_at")]
            }
            Self::Space => &[number("n"), text("space"), number("revision")],
            Self::Entry => &[
                number("n"),
                text("space"),
                bytes("id"),
                text("entry_type"),
                text("source"),
                text("tags"),
                number("created"),
                number("updated"),
                number("expires"),
                number("deleted"),
                text("logical_key"),
                text("language"),
                text("credential"),
                text("data"),
                number("n_changes"),
                bytes("changes_digest"),
                text("name"),
                text("state"),
                number("due"),
                text("learned_from"),
                text("schema"),
                flag("has_effect"),
                flag("unread"),
                flag("counted"),
            ],
            Self::Tag => &[number("n"), text("tag")],
            Self::Link => &[number("n"), bytes("target")],
            Self::Change => &[number("n"), number("nth"), number("at"), text("changed")],
            Self::Words => &[number("n"), text("title"), text("body"), text("labels")],
            Self::Language => &[text("space"), text("language")],
            Self::Usage => &[
                number("id"),
                number("kind"),
                text("space"),
                bytes("entry"),
                number("at"),
                text("platform"),
                text("tool"),
                text("action"),
                text("detail"),
                text("tags"),
            ],
            Self::Readings => &[text("space"), bytes("entry"), number("n_reads"), number("last")],
            Self::Answer => &[text("space"), bytes("key"), bytes("call"), text("answer"), number("written_at")],
            Self::Model => &[number("model"), text("name"), number("dimension"), flag("serves")],
            Self::Embedding => &[number("n"), text("space"), number("model"), flag("refused"), number("generation")],
            Self::Vector => &[
                number("n"),
                number("model"),
                number("nth"),
                bytes("digest"),
                Column { name: "vector", kind: Kind::Vector },
            ],
        };
        columns.to_vec()
    }
}

impl Cell {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Number(_) => 8,
            Self::Text(text) => text.len() + 8,
            Self::Bytes(bytes) => bytes.len() + 8,
            Self::Vector(vector) => vector.len() * 4 + 8,
        }
    }
}

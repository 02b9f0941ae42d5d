//! What agents know and share: the knowledge service behind the tools of any MCP client.
//!
//! Everything that an agent remembers is an entry of one of ten types, and every rule about entries is in this crate: what may be asked
//! ([`Arguments`]) and what is answered instead ([`Refusal`]), how a change becomes history ([`changes`]), which alerts reach the briefing
//! ([`briefing`]), what satisfies a schema ([`schema`]), and by which words an entry is found ([`text`]).
//!
//! Most of it is pure functions over entries that were loaded before; the service around them asks its store twice for a briefing and once for
//! anything else. It knows no database, no HTTP and no type of MCP, and it reads no environment.

mod arguments;
mod awareness;
pub mod briefing;
pub mod changes;
pub mod completion;
mod embedding;
pub mod entry_json;
pub mod moment;
mod once;
pub mod prompts;
mod refusal;
pub mod resources;
pub mod schema;
mod seeking;
pub mod text;
pub mod tools;
pub mod transfer;
pub mod views;

pub use annals_store::awareness as store;
pub use arguments::{Arguments, Word};
pub use awareness::{Awareness, Context};
pub use embedding::{Embedding, Pace, Standing};
pub use refusal::{Code, Refusal};

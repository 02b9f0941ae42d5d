//! The one table of the server's settings.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::http::uri::Authority;

use super::{Config, ToolProfile, parse};

/// One setting: how it is called, read and printed.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
    /// Reads a text; the error says what would be right.
    pub(super) read: fn(&mut Config, &str) -> Result<(), &'static str>,
    pub(super) print: fn(&Config) -> String,
}

const COUNT: &str = "a whole number, 1 to 100000";
const BYTES: &str = "a number of bytes such as `4MiB`, 1KiB to 1GiB";
const TIME: &str = "a time such as `30s` or `500ms`, a day at most";

fn count(text: &str) -> Result<usize, &'static str> {
    parse::number(text, 1, 100_000).ok_or(COUNT)
}

fn days(text: &str) -> Result<usize, &'static str> {
    parse::number(text, 0, 36_500).ok_or("a whole number of days, 0 to 36500, of which 0 keeps all")
}

fn bytes(text: &str) -> Result<usize, &'static str> {
    parse::bytes(text, 1 << 10, 1 << 30).ok_or(BYTES)
}

fn time(text: &str) -> Result<Duration, &'static str> {
    parse::duration(text).ok_or(TIME)
}

/// A setting whose field is read by `$read` and printed by `$print`.
macro_rules! entry {
    ($name:literal, $variable:literal, $field:ident, $read:expr, $print:expr) => {
        Entry {
            name: $name,
            variable: $variable,
            read: |config, text| {
                config.$field = $read(text)?;
                Ok(())
            },
            print: |config| $print(&config.$field),
        }
    };
}

/// A text that may be missing, of one of the groups of settings.
macro_rules! text {
    ($name:literal, $variable:literal, $group:ident, $field:ident) => {
        Entry {
            name: $name,
            variable: $variable,
            read: |config, text| {
                config.$group.$field = Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
                Ok(())
            },
            print: |config| config.$group.$field.clone().unwrap_or_default(),
        }
    };
}

/// A key, which is never printed.
macro_rules! secret {
    ($name:literal, $variable:literal, $group:ident) => {
        Entry {
            name: $name,
            variable: $variable,
            read: |config, text| {
                config.$group.key = Some(text.trim()).filter(|text| !text.is_empty()).map(annals_embed::Key::new);
                Ok(())
            },
            print: |config| if config.$group.key.is_some() { "[set]" } else { "" }.to_owned(),
        }
    };
}

/// Every setting, in the order of the documentation.
pub(super) const ENTRIES: &[Entry] = &[
    entry!("server_listen", "ANNALS_SERVER_LISTEN", listen, address, Clone::clone),
    entry!("server_allowed_hosts", "ANNALS_SERVER_ALLOWED_HOSTS", allowed_hosts, hosts, joined),
    entry!("server_allowed_origins", "ANNALS_SERVER_ALLOWED_ORIGINS", allowed_origins, origins, joined),
    Entry {
        name: "server_token_file",
        variable: "ANNALS_SERVER_TOKEN_FILE",
        read: |config, text| {
            config.token_file = (!text.is_empty()).then(|| text.into());
            Ok(())
        },
        print: |config| config.token_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
    },
    entry!("server_tools", "ANNALS_SERVER_TOOLS", tools, tools, |tools: &ToolProfile| { tools.as_str().to_owned() }),
    entry!("server_purge_days", "ANNALS_SERVER_PURGE_DAYS", purge_days, days, usize::to_string),
    Entry {
        name: "embedding_provider",
        variable: "ANNALS_EMBEDDING_PROVIDER",
        read: |config, text| {
            config.embedding.provider = text.parse().map_err(|_| "`none`, `openai` or `local`")?;
            Ok(())
        },
        print: |config| provider(config.embedding.provider).to_owned(),
    },
    text!("embedding_url", "ANNALS_EMBEDDING_URL", embedding, url),
    text!("embedding_model", "ANNALS_EMBEDDING_MODEL", embedding, model),
    secret!("embedding_key", "ANNALS_EMBEDDING_KEY", embedding),
    Entry {
        name: "embedding_dimension",
        variable: "ANNALS_EMBEDDING_DIMENSION",
        read: |config, text| {
            let dimension =
                parse::number(text, 0, 16_384).ok_or("a whole number, 1 to 16384, or 0 for the model's own")?;
            config.embedding.dimension = Some(dimension).filter(|dimension| *dimension != 0);
            Ok(())
        },
        print: |config| config.embedding.dimension.unwrap_or(0).to_string(),
    },
    Entry {
        name: "embedding_patience",
        variable: "ANNALS_EMBEDDING_PATIENCE",
        read: |config, text| {
            config.pace.patience = time(text)?;
            Ok(())
        },
        print: |config| printed_time(&config.pace.patience),
    },
    Entry {
        name: "embedding_workers",
        variable: "ANNALS_EMBEDDING_WORKERS",
        read: |config, text| {
            config.pace.n_workers = parse::number(text, 1, 64).ok_or("a whole number, 1 to 64")?;
            Ok(())
        },
        print: |config| config.pace.n_workers.to_string(),
    },
    text!("rerank_url", "ANNALS_RERANK_URL", rerank, url),
    text!("rerank_model", "ANNALS_RERANK_MODEL", rerank, model),
    secret!("rerank_key", "ANNALS_RERANK_KEY", rerank),
    entry!("server_max_connections", "ANNALS_SERVER_MAX_CONNECTIONS", max_connections, count, usize::to_string),
    entry!("server_max_requests", "ANNALS_SERVER_MAX_REQUESTS", max_requests, count, usize::to_string),
    entry!("server_max_streams", "ANNALS_SERVER_MAX_STREAMS", max_streams, count, usize::to_string),
    entry!("server_max_body", "ANNALS_SERVER_MAX_BODY", max_body_bytes, bytes, printed_bytes),
    entry!("server_body_memory", "ANNALS_SERVER_BODY_MEMORY", body_memory_bytes, bytes, printed_bytes),
    entry!(
        "server_blocking_threads",
        "ANNALS_SERVER_BLOCKING_THREADS",
        blocking_threads,
        threads,
        |n: &NonZeroUsize| { n.to_string() }
    ),
    entry!("server_blocking_queue", "ANNALS_SERVER_BLOCKING_QUEUE", blocking_queue, count, usize::to_string),
    entry!("server_request_timeout", "ANNALS_SERVER_REQUEST_TIMEOUT", request_timeout, time, printed_time),
    entry!("server_header_timeout", "ANNALS_SERVER_HEADER_TIMEOUT", header_timeout, time, printed_time),
    entry!("server_body_timeout", "ANNALS_SERVER_BODY_TIMEOUT", body_timeout, time, printed_time),
    entry!("server_write_timeout", "ANNALS_SERVER_WRITE_TIMEOUT", write_timeout, time, printed_time),
    entry!("server_idle_timeout", "ANNALS_SERVER_IDLE_TIMEOUT", idle_timeout, time, printed_time),
    entry!("server_stop_timeout", "ANNALS_SERVER_STOP_TIMEOUT", stop_timeout, time, printed_time),
];

fn address(text: &str) -> Result<String, &'static str> {
    let right = "an address and a port, such as `127.0.0.1:8420` or `[::1]:8420`";
    let (host, port) = text.rsplit_once(':').ok_or(right)?;
    let is_host = !host.is_empty() && (!host.contains(':') || host.starts_with('[') && host.ends_with(']'));
    if is_host && port.parse::<u16>().is_ok() { Ok(text.to_owned()) } else { Err(right) }
}

fn hosts(text: &str) -> Result<Vec<String>, &'static str> {
    let names = parse::names(text);
    let is_host = |name: &String| !name.contains(['@', '*']) && name.parse::<Authority>().is_ok();
    if names.iter().all(is_host) { Ok(names) } else { Err("names of hosts, such as `annals.example.com`") }
}

fn origins(text: &str) -> Result<Vec<String>, &'static str> {
    let names = parse::names(text);
    let is_origin = |name: &String| {
        let authority = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://"));
        authority.is_some_and(|host| hosts(host.strip_suffix('/').unwrap_or(host)).is_ok_and(|hosts| hosts.len() == 1))
    };
    if names.iter().all(is_origin) { Ok(names) } else { Err("origins, such as `https://annals.example.com`") }
}

fn threads(text: &str) -> Result<NonZeroUsize, &'static str> {
    let right = "a whole number, 1 to 512";
    parse::number(text, 1, 512).and_then(NonZeroUsize::new).ok_or(right)
}

fn tools(text: &str) -> Result<ToolProfile, &'static str> {
    [ToolProfile::Full, ToolProfile::Core]
        .into_iter()
        .find(|profile| profile.as_str() == text)
        .ok_or("`full` or `core`")
}

fn provider(kind: annals_embed::Kind) -> &'static str {
    match kind {
        annals_embed::Kind::None => "none",
        annals_embed::Kind::OpenAi => "openai",
        annals_embed::Kind::Local => "local",
    }
}

fn joined(names: &[String]) -> String {
    names.join(",")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the table hands every printer a reference")]
fn printed_bytes(bytes: &usize) -> String {
    parse::print_bytes(*bytes)
}

fn printed_time(time: &Duration) -> String {
    parse::print_duration(*time)
}

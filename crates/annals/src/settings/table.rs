//! The one table of settings.

use super::{Mode, Values, address, parse};
use crate::place::{ADDRESS, is_address, is_postgres, without_password};
use crate::{Error, ErrorKind};

/// Below this a journal could not hold one event of the largest size: 64 KiB of details, twenty columns of 8 KiB, and what surrounds them.
pub(super) const MIN_JOURNAL_BYTES: u64 = 256 << 10;
/// More would be no bound any more.
pub(super) const MAX_JOURNAL_BYTES: u64 = 64 << 30;
/// Each costs eight bytes of memory whether it waits or not.
pub(super) const MAX_QUEUE: usize = 10_000_000;
/// What an event may have beside its details: twenty columns of 8 KiB, and what surrounds them.
pub(crate) const BESIDE_DETAILS: u64 = 192 << 10;

/// One setting: how it is called, read and printed.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
    /// Reads a text into the values; the error says what would be right.
    pub(super) read: fn(&mut Values, &str) -> Result<(), &'static str>,
    pub(super) print: fn(&Values) -> String,
}

/// Every setting, in the order of the documentation.
pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "data",
        variable: "ANNALS_DATA",
        read: |values, text| {
            values.data = text.into();
            Ok(())
        },
        print: |values| values.data.display().to_string(),
    },
    Entry {
        name: "database_url",
        variable: "ANNALS_DATABASE_URL",
        read: |values, text| {
            values.database_url = Some(Some(text).filter(|text| is_address(text)).ok_or(ADDRESS)?.to_owned());
            Ok(())
        },
        print: |values| {
            let usual = || format!("sqlite:{}", values.data.join("annals.db").display());
            values.database_url.as_deref().map_or_else(usual, without_password)
        },
    },
    Entry {
        name: "listen_url",
        variable: "ANNALS_LISTEN_URL",
        read: |values, text| {
            // Nothing takes back what a file says.
            let url = Some(text).filter(|text| !text.is_empty());
            if url.is_some_and(|url| !is_postgres(url)) {
                return Err("`postgres://USER@HOST/DATABASE`, the address of the database's own server");
            }
            values.listen_url = url.map(str::to_owned);
            Ok(())
        },
        print: |values| values.listen_url.as_deref().map(without_password).unwrap_or_default(),
    },
    Entry {
        name: "server",
        variable: "ANNALS_SERVER",
        read: |values, text| {
            // Nothing takes back what a file says.
            values.server = if text.is_empty() { None } else { Some(address::server(text).ok_or(address::SERVER)?) };
            Ok(())
        },
        print: |values| values.server.clone().unwrap_or_default(),
    },
    Entry {
        name: "token",
        variable: "ANNALS_TOKEN",
        read: |values, text| {
            let is_word = text.trim().bytes().all(|byte| byte.is_ascii_graphic());
            let token = is_word.then(|| text.trim().to_owned()).ok_or("one word of visible ASCII")?;
            values.token = Some(token).filter(|token| !token.is_empty());
            Ok(())
        },
        print: |values| if values.token.is_some() { "[set]" } else { "" }.to_owned(),
    },
    Entry {
        name: "token_file",
        variable: "ANNALS_TOKEN_FILE",
        read: |values, text| {
            values.token_file = Some(text.trim()).filter(|text| !text.is_empty()).map(Into::into);
            Ok(())
        },
        print: |values| values.token_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
    },
    Entry {
        name: "audit_async",
        variable: "ANNALS_AUDIT_ASYNC",
        read: |values, text| {
            let on = parse::switch(text).ok_or("`true` or `false`")?;
            values.mode = if on { Mode::Asynchronous } else { Mode::Synchronous };
            Ok(())
        },
        print: |values| (values.mode == Mode::Asynchronous).to_string(),
    },
    Entry {
        name: "audit_queue_maxsize",
        variable: "ANNALS_AUDIT_QUEUE_MAXSIZE",
        read: |values, text| {
            let number = parse::number(text, 1).and_then(|number| usize::try_from(number).ok());
            let right = "a whole number of events, 1 to 10000000";
            values.queue_maxsize = number.filter(|number| *number <= MAX_QUEUE).ok_or(right)?;
            Ok(())
        },
        print: |values| values.queue_maxsize.to_string(),
    },
    Entry {
        name: "audit_journal_bytes",
        variable: "ANNALS_AUDIT_JOURNAL_BYTES",
        read: |values, text| {
            let bytes = parse::bytes(text, MIN_JOURNAL_BYTES).filter(|bytes| *bytes <= MAX_JOURNAL_BYTES);
            values.journal_bytes = bytes.ok_or("a number of bytes such as `8MiB`, 256KiB to 64GiB")?;
            Ok(())
        },
        print: |values| values.journal_bytes.to_string(),
    },
    Entry {
        name: "audit_record_timeout",
        variable: "ANNALS_AUDIT_RECORD_TIMEOUT",
        read: |values, text| {
            values.record_timeout = match text.trim() {
                "none" => None,
                text => Some(parse::duration(text).ok_or("a time such as `30s` or `500ms`, or `none`")?),
            };
            Ok(())
        },
        print: |values| values.record_timeout.map_or_else(|| "none".to_owned(), parse::print_duration),
    },
    Entry {
        name: "audit_batch_max",
        variable: "ANNALS_AUDIT_BATCH_MAX",
        read: |values, text| {
            let right = "a whole number of events, at least 1";
            values.batch_max = parse::number(text, 1).and_then(|number| usize::try_from(number).ok()).ok_or(right)?;
            Ok(())
        },
        print: |values| values.batch_max.to_string(),
    },
    Entry {
        name: "audit_batch_linger",
        variable: "ANNALS_AUDIT_BATCH_LINGER",
        read: |values, text| {
            values.batch_linger = parse::duration(text).ok_or("a time such as `2ms`")?;
            Ok(())
        },
        print: |values| parse::print_duration(values.batch_linger),
    },
    Entry {
        name: "audit_close_timeout",
        variable: "ANNALS_AUDIT_CLOSE_TIMEOUT",
        read: |values, text| {
            values.close_timeout = parse::duration(text).ok_or("a time such as `5s`")?;
            Ok(())
        },
        print: |values| parse::print_duration(values.close_timeout),
    },
    Entry {
        name: "audit_event_types",
        variable: "ANNALS_AUDIT_EVENT_TYPES",
        read: |values, text| {
            values.event_types = parse::names(text);
            Ok(())
        },
        print: |values| values.event_types.join(","),
    },
    Entry {
        name: "audit_sheddable",
        variable: "ANNALS_AUDIT_SHEDDABLE",
        read: |values, text| {
            values.sheddable = parse::names(text);
            Ok(())
        },
        print: |values| values.sheddable.join(","),
    },
    Entry {
        name: "audit_redact_keys",
        variable: "ANNALS_AUDIT_REDACT_KEYS",
        read: |values, text| {
            values.redact_keys = parse::names(text);
            Ok(())
        },
        print: |values| values.redact_keys.join(","),
    },
    Entry {
        name: "audit_max_details",
        variable: "ANNALS_AUDIT_MAX_DETAILS",
        read: |values, text| {
            let right = "a number of bytes such as `64KiB`";
            values.max_details = parse::bytes(text, 2).and_then(|number| usize::try_from(number).ok()).ok_or(right)?;
            Ok(())
        },
        print: |values| values.max_details.to_string(),
    },
    Entry {
        name: "capture",
        variable: "ANNALS_CAPTURE",
        read: |values, text| {
            values.capture = text.trim().parse().map_err(|_| "`metadata`, `arguments` or `full`")?;
            Ok(())
        },
        print: |values| values.capture.to_string(),
    },
    Entry {
        name: "audit_checkpoint_interval",
        variable: "ANNALS_AUDIT_CHECKPOINT_INTERVAL",
        read: |values, text| {
            values.checkpoint_interval = parse::duration(text).ok_or("a time such as `1s`")?;
            Ok(())
        },
        print: |values| parse::print_duration(values.checkpoint_interval),
    },
    Entry {
        name: "retention_min",
        variable: "ANNALS_RETENTION_MIN",
        read: |values, text| {
            values.retention_min = parse::age(text).ok_or("an age such as `30d` or `12h`, or `0`")?;
            Ok(())
        },
        print: |values| parse::print_age(values.retention_min),
    },
];

/// The setting of this name.
pub(super) fn find(name: &str) -> Result<&'static Entry, Error> {
    let plain = name.replace('-', "_");
    ENTRIES.iter().find(|entry| entry.name == plain).ok_or_else(|| {
        let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        Error::new(ErrorKind::Setting, format!("`{name}` is no setting (hint: one of {})", names.join(", ")))
    })
}

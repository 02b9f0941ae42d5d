//! Lines into events, and events checked without being recorded.

use annals::{Event, EventId, Settings, Timestamp, Value};
use annals_event::json::{MAX_JSON_BYTES, from_slice, parse_details};
use annals_event::{Column, Encoded, MAX_TEXT_BYTES, Redactor, Rules, Stamp, encode};

use crate::failure::Failure;
use crate::input::Line;
use crate::settings;

/// JSON may need so many bytes for one, as an escape.
const ESCAPE_BYTES: usize = 6;
/// White space, names and numbers of a line.
const SPARE_BYTES: usize = 64 << 10;

/// How long a line may be that could still be an event: every text and the details at their longest, every byte of them an escape.
///
/// Reading more would cost memory for what is refused anyway.
pub(super) fn most_line_bytes(settings: &Settings) -> usize {
    let max_details: usize = settings::value(settings, "audit_max_details").parse().unwrap_or(usize::MAX);
    let content = max_details.saturating_add(Column::COUNT * MAX_TEXT_BYTES);
    content.saturating_mul(ESCAPE_BYTES).saturating_add(SPARE_BYTES).min(MAX_JSON_BYTES)
}

/// The event of a line; the text says what is wrong with it otherwise.
pub(super) fn event(line: Line<'_>, most_bytes: usize) -> Result<Event, String> {
    match line {
        Line::Whole(bytes) => from_slice(bytes).map_err(|invalid| invalid.to_string()),
        Line::TooLong(n_bytes) => Err(format!(
            "`event`: has {n_bytes} bytes, more than the {most_bytes} that are read (hint: keep the size and a digest instead of the content)"
        )),
    }
}

/// What an event must be like for the service to take it.
pub(super) struct Checker {
    rules: Rules,
    buffer: Vec<u8>,
}

impl Checker {
    /// The rules that these settings make.
    pub(super) fn new(settings: &Settings) -> Result<Self, Failure> {
        let rules = Rules {
            types: settings::types(settings)?,
            redactor: Redactor::with_keys(settings::names(settings, "audit_redact_keys")),
            max_details: settings::value(settings, "audit_max_details")
                .parse()
                .unwrap_or(annals_event::DEFAULT_MAX_DETAILS),
        };
        Ok(Self { rules, buffer: Vec::new() })
    }

    /// Whether the service would take it; the text says why not.
    pub(super) fn check(&mut self, event: &Event) -> Result<(), String> {
        // Ids and times are the service's; what stands here instead is thrown away with the bytes.
        let stamp = Stamp {
            id: EventId::from_bytes([0; 16]),
            created_at: Timestamp::from_nanos(0),
            space: "default",
            credential: "",
            begun: false,
        };
        self.buffer.clear();
        encode(event, &self.rules, &stamp, &mut self.buffer).map_err(|invalid| invalid.to_string())
    }

    /// The line of the event that was checked last, without its secrets.
    pub(super) fn redacted_line(&self) -> Result<Vec<u8>, Failure> {
        let unreadable =
            |error: &dyn std::fmt::Display| Failure::could_not(format!("could not read an event again: {error}"));
        let event = Encoded::decode(&self.buffer).map_err(|error| unreadable(&error))?;
        let mut line = parse_details("{}")?;
        let mut put = |name: &str, value: Value| line[name] = value;
        put("event_type", event.event_type().into());
        put("phase", event.phase().as_str().into());
        for column in Column::ALL {
            if let Some(text) = event.get(*column) {
                put(column.name(), text.into());
            }
        }
        if let Some(outcome) = event.outcome() {
            put("outcome", outcome.as_str().into());
        }
        if let Some(millis) = event.duration_ms() {
            put("duration_ms", millis.into());
        }
        if let Some(at) = event.occurred_at() {
            put("occurred_at", at.to_string().into());
        }
        if let Some(details) = event.details() {
            put("details", parse_details(details)?);
        }
        let mut line = line.to_string().into_bytes();
        line.push(b'\n');
        Ok(line)
    }
}

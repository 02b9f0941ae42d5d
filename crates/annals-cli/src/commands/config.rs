//! `annals config`: the settings in force and where each came from.
//!
//! A value may be an address with a password in it, so that every value goes through the redaction that events go through.

use annals_event::Redactor;

use crate::arguments::Common;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Field, Fields, Format, Layout, Output};
use crate::settings;

const COLUMNS: &[Column] = &[Column::words("setting", 22), Column::words("value", 10), Column::words("from", 10)];

/// Writes every setting.
pub(super) fn run(common: &Common) -> Result<Exit, Failure> {
    let (settings, server) = settings::load_with_server(common)?;
    let redactor = Redactor::standard();
    let mut output = Output::new(common);
    let mut fields = Fields::default();
    let mut rows = Vec::new();
    let of_service = settings.list().into_iter();
    let of_service = of_service.map(|setting| (setting.name, setting.variable, setting.value, setting.origin));
    for (name, variable, value, origin) in of_service.chain(server.list()) {
        let value = redactor.redact(&value);
        let origin = origin.to_string();
        if output.format() == Format::Table {
            rows.push(vec![Cell::new(name), Cell::new(&value), Cell::new(&origin)]);
            continue;
        }
        let named = [
            ("name", Field::Text(name.to_owned())),
            ("value", Field::Text(value.into_owned())),
            ("from", Field::Text(origin)),
            ("variable", Field::Text(variable.to_owned())),
        ];
        fields.write(&mut output, &named)?;
    }
    if output.format() == Format::Table {
        let screen = *output.screen();
        let layout = Layout::fit(COLUMNS, &rows, screen.width);
        output.line(&layout.head(screen.is_coloured))?;
        for row in &rows {
            output.line(&layout.line(row, screen.is_coloured))?;
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

//! `annals migrate`: the tables of the database brought up to date, by whoever may make them.

use annals::{Migrated, migrate};

use crate::arguments::Common;
use crate::failure::{Exit, Failure};
use crate::output::{Field, Fields, Format, Output};
use crate::settings;

/// Migrates, and says from where to where.
pub(super) fn run(common: &Common) -> Result<Exit, Failure> {
    let migrated = migrate(&settings::load(common)?)?;
    let mut output = Output::new(common);
    if output.format() == Format::Table {
        output.line(&sentence(&migrated))?;
    } else {
        let fields = [
            ("database", Field::Text(migrated.database)),
            ("origin", Field::Text(migrated.origin)),
            ("from_format", Field::Number(migrated.from_format)),
            ("format", Field::Number(migrated.format)),
        ];
        Fields::default().write(&mut output, &fields)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn sentence(migrated: &Migrated) -> String {
    let Migrated { database, origin, from_format, format, .. } = migrated;
    if *from_format == 0 {
        format!("{database} has tables of format {format} now, for the log {origin}")
    } else if from_format < format {
        format!("{database} was brought from format {from_format} to {format}")
    } else {
        format!("{database} is up to date, with format {format}")
    }
}

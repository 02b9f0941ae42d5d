//! The audit log in SQLite: opening, migrations and SQL.

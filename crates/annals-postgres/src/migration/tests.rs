//! That steps are numbered without a hole.

use super::MIGRATIONS;

#[test]
fn steps_are_numbered_from_one() {
    let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    assert_eq!(versions, (1..=7).collect::<Vec<i64>>());
}

//! In which order and which form words are kept.

use super::*;

#[test]
fn words_keep_their_order_and_unknown_ones_are_kept_as_they_stand() {
    assert_eq!(indexed("Nightly backups failed", Some("en")), "night backup fail");
    assert_eq!(indexed("Nightly backups failed", None), "nightly backups failed night backup fail");
    assert_eq!(indexed("see max_connections", Some("en")), "see maxconnections max connect");
    assert_eq!(indexed("東京都", Some("ja")), "東 東京 京 京都 都");
    assert_eq!(indexed("?! …", None), "");
}

#[test]
fn a_name_is_kept_as_it_stands_and_by_its_stem() {
    assert_eq!(names("postgres-tuning", Some("en")), ["postgrestuning", "postgr", "postgres", "tune", "tuning"]);
}

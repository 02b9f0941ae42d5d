//! One value, one text.

use proptest::prelude::*;

use super::{from_base64, from_decimal, to_base64};

#[test]
fn numbers_have_no_superfluous_characters() {
    for (text, number) in [("0", 0), ("7", 7), ("10", 10), ("18446744073709551615", u64::MAX)] {
        assert_eq!(from_decimal(text), Ok(number));
    }
    for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "١", "18446744073709551616"] {
        assert!(from_decimal(wrong).is_err(), "`{wrong}`");
    }
}

#[test]
fn base64_has_no_stray_bits_and_all_its_padding() {
    assert_eq!(from_base64("AQ=="), Ok(vec![1]));
    // Each of these is the byte 1 to some decoder, but for the last, which is of the alphabet for URLs.
    for wrong in ["AR==", "AQ=", "AQ", "AQ==\n", " AQ==", "AQ= =", "AQ===", "A_=="] {
        assert!(from_base64(wrong).is_err(), "`{wrong}`");
    }
}

proptest! {
    #[test]
    fn base64_goes_round(bytes: Vec<u8>) {
        prop_assert_eq!(from_base64(&to_base64(&bytes)), Ok(bytes));
    }

    #[test]
    fn base64_that_parses_prints_the_same(text in "[A-Za-z0-9+/=]{0,12}") {
        if let Ok(bytes) = from_base64(&text) {
            prop_assert_eq!(to_base64(&bytes), text);
        }
    }

    #[test]
    fn numbers_go_round(number: u64, text in "[0-9+ ]{0,21}") {
        prop_assert_eq!(from_decimal(&number.to_string()), Ok(number));
        if let Ok(number) = from_decimal(&text) {
            prop_assert_eq!(number.to_string(), text);
        }
    }
}

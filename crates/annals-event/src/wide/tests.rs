//! Every byte in every place of texts of every length around the width, against the loop that it replaces.

use super::*;

#[test]
fn the_wide_look_agrees_with_the_loop() {
    for length in 0..=27 {
        for filler in [b'a', 0x7f, 0x80, 0xff, 0x21, b' '] {
            let plain = vec![filler; length];
            assert!(!has_nul(&plain) && !has_escape(&plain), "{length} times {filler}");
            for at in 0..length {
                for byte in 0..=255 {
                    let mut bytes = plain.clone();
                    bytes[at] = byte;
                    assert_eq!(has_nul(&bytes), byte == 0, "{bytes:?}");
                    assert_eq!(has_escape(&bytes), must_escape(byte), "{bytes:?}");
                }
            }
        }
    }
}

#[test]
fn what_must_be_escaped_is_what_json_says() {
    let escaped: Vec<u8> = (0..=255).filter(|byte| must_escape(*byte)).collect();
    let expected: Vec<u8> = (0..0x20).chain([b'"', b'\\']).collect();
    assert_eq!(escaped, expected);
}

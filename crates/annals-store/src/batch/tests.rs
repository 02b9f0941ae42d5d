//! A log id is printed as it stands on disk.

use super::LogId;

#[test]
fn a_log_id_is_printed_as_32_hexadecimal_digits() {
    let mut bytes = [0; 16];
    bytes[0] = 0xa7;
    bytes[15] = 1;
    assert_eq!(LogId::from_bytes(bytes).to_string(), "a7000000000000000000000000000001");
    assert_eq!(LogId::from_bytes(bytes).as_bytes(), &bytes);
}

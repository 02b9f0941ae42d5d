//! Tests of reading tensors, against headers that lie.

use super::{BadTensors, Tensors, from_half};

fn file(header: &str, numbers: &[u8]) -> Vec<u8> {
    let mut bytes = u64::try_from(header.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(numbers);
    bytes
}

fn read(bytes: &[u8]) -> Result<Tensors, String> {
    Tensors::read(&mut &*bytes, u64::try_from(bytes.len()).unwrap()).map_err(|bad| match bad {
        BadTensors::Wrong(problem) => problem,
        BadTensors::Unreadable(error) => error.to_string(),
    })
}

#[test]
fn halves_are_the_numbers_that_the_standard_says() {
    let cases = [
        (0x0000, 0.0),
        (0x0001, 5.960_464_5e-8),
        (0x03ff, 6.097_555e-5),
        (0x0400, 6.103_515_6e-5),
        (0x3555, 0.333_251_95),
        (0x3c00, 1.0),
        (0x3c01, 1.000_976_6),
        (0xc000, -2.0),
        (0x7bff, 65_504.0),
        (0xfc00, f32::NEG_INFINITY),
    ];
    for (bits, number) in cases {
        assert_eq!(from_half(bits).to_bits(), f32::to_bits(number), "{bits:#06x}");
    }
    assert!(from_half(0x7e00).is_nan());
    assert!(from_half(0x8000).is_sign_negative());
}

#[test]
fn every_type_is_read_as_the_same_numbers() {
    let cases: [(&str, Vec<u8>); 4] = [
        ("F32", [1.5_f32, -2.0].iter().flat_map(|number| number.to_le_bytes()).collect()),
        ("F64", [1.5_f64, -2.0].iter().flat_map(|number| number.to_le_bytes()).collect()),
        ("F16", [0x3e00_u16, 0xc000].iter().flat_map(|bits| bits.to_le_bytes()).collect()),
        ("BF16", [0x3fc0_u16, 0xc000].iter().flat_map(|bits| bits.to_le_bytes()).collect()),
    ];
    for (dtype, bytes) in cases {
        let header = format!(
            r#"{{"__metadata__":{{"a":"b"}},"x":{{"dtype":"{dtype}","shape":[2],"data_offsets":[0,{}]}}}}"#,
            bytes.len()
        );
        let mut tensors = read(&file(&header, &bytes)).unwrap();
        assert_eq!(tensors.take("x", &[2]).unwrap(), [1.5, -2.0], "{dtype}");
    }
}

#[test]
fn a_file_that_lies_is_refused_by_what_it_says() {
    let huge = r#"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}"#;
    let cases: &[(&str, Vec<u8>)] = &[
        ("ends too early", vec![1, 2, 3]),
        ("claims a header of 18446744073709551615 bytes", vec![255; 64]),
        ("claims a header of 100 bytes", [&100_u64.to_le_bytes()[..], b"{}"].concat()),
        ("no JSON", file("{", b"")),
        ("no object", file("[]", b"")),
        ("`x` in a way that makes no sense", file(r#"{"x":{"dtype":"F32","shape":[2]}}"#, &[0; 8])),
        ("`x` in a way", file(r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, &[0; 8])),
        ("`x` in a way", file(r#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, &[0; 8])),
        ("`x` in a way", file(huge, &[0; 16])),
        ("can't be", file(r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, &[0; 7])),
        ("can't be", file(r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, &[0; 8])),
        ("can't be", file(r#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,9000000000000000]}}"#, &[0; 8])),
        ("1 bytes behind", file(r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, &[0; 9])),
    ];
    for (problem, bytes) in cases {
        let found = read(bytes).err().expect("it lies");
        assert!(found.contains(problem), "{problem}: {found}");
    }
}

#[test]
fn a_tensor_of_another_name_shape_or_type_is_named() {
    let header =
        r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}"#;
    let open = || read(&file(header, &[7, 0, 0, 0, 7, 0, 0, 0])).unwrap();
    assert_eq!(open().take("c", &[4]).unwrap_err(), "has no tensor `c`");
    assert_eq!(open().take("a", &[2, 2]).unwrap_err(), "has the tensor `a` in the shape [4] instead of [2, 2]");
    assert_eq!(open().take("a", &[4]).unwrap_err(), "has the tensor `a` as U8, not as F32, F16 or BF16");
    assert!(open().take("b", &[1]).unwrap_err().contains("whole numbers"));
    assert!(open().take_whole("a", &[4]).is_err());
    assert_eq!(open().take_whole("b", &[1]).unwrap(), [7]);
}

//! Which file names are segments, and which are not ours.

use super::Name;

#[test]
fn a_name_survives_the_round_trip() {
    let name = Name { producer: *b"0123456789abcdef", number: 42 };
    assert_eq!(name.to_string(), "30313233343536373839616263646566-42");
    assert_eq!(Name::parse(&name.to_string()), Some(name));
}

#[test]
fn what_is_not_exactly_such_a_name_is_not_ours() {
    for stem in [
        "",
        "-",
        "30313233343536373839616263646566",
        "30313233343536373839616263646566-",
        "30313233343536373839616263646566-042",
        "30313233343536373839616263646566-+4",
        "30313233343536373839616263646566--4",
        "3031323334353637383961626364656G-4",
        "30313233343536373839616263646A66-4",
        "3031-4",
        "30313233343536373839616263646566-99999999999999999999",
        "ééééééééééééééééé-4",
    ] {
        assert_eq!(Name::parse(stem), None, "{stem}");
    }
}

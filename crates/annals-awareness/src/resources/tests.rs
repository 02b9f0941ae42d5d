//! Addresses and what they name.

use super::*;

#[test]
fn addresses_name_what_the_contract_says() {
    let alerts = |source: &str| Some(Resource::Alerts(Some(source.to_owned())));
    let table = [
        ("awareness://briefing", Some(Resource::Briefing)),
        ("awareness://alerts", Some(Resource::Alerts(None))),
        ("awareness://alerts/nas", alerts("nas")),
        ("awareness://alerts/my%20nas%2Fone", alerts("my nas/one")),
        ("awareness://alerts/a/b", alerts("a/b")),
        ("awareness://alerts/100%", alerts("100%")),
        ("awareness://status/nas", Some(Resource::Status("nas".to_owned()))),
        ("awareness://knowledge", Some(Resource::Knowledge)),
        ("awareness://suppressions", Some(Resource::Suppressions)),
        ("awareness://status", None),
        ("awareness://status/", None),
        ("awareness://status/%ff", None),
        ("awareness://knowledge/x", None),
        ("http://briefing", None),
    ];
    for (address, expected) in table {
        assert_eq!(Resource::read(address), expected, "{address}");
    }
    for (address, _) in LISTED {
        assert!(Resource::read(address).is_some(), "{address}");
    }
}

#[test]
fn an_address_names_what_it_was_made_of() {
    let sources = ["nas", "my nas/one", "100%", "%41", "größe", "a?b#c", "\u{0}\n", "~a-b.c_d"];
    let of_sources =
        sources.map(|source| [Resource::Alerts(Some(source.to_owned())), Resource::Status(source.to_owned())]);
    let listed = LISTED.map(|(address, _)| Resource::read(address).expect("it is one of ours"));
    for resource in of_sources.into_iter().flatten().chain(listed) {
        let address = resource.address();
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address}");
        assert_eq!(Resource::read(&address), Some(resource), "{address}");
    }
    assert_eq!(Resource::Status("my nas/100%".to_owned()).address(), "awareness://status/my%20nas%2F100%25");
}

#[test]
fn a_missing_status_is_told_inside() {
    assert_eq!(status("nas", None)["error"]["code"], "not_found");
    assert_eq!(list(&[]), Value::Array(vec![]));
}

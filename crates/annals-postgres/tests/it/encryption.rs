//! Encrypted connections, against a server that was not made with our library.

use std::error::Error as _;

use annals_postgres::{OpenMode, PostgresStore};
use annals_store::{Error, ErrorKind};
use annals_testkit::postgres::{Certificate, Pooler, Pooling};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::{NamedTempFile, TempPath};

use crate::support::{Place, append, plain, producer};

/// An authority, with the file that has its certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: TempPath,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = NamedTempFile::new().unwrap().into_temp_path();
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// A server's certificate for this name.
    fn certify(&self, name: &str) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        Certificate { chain: certificate.pem(), key: key.serialize_pem() }
    }
}

/// Opens the database behind this pooler under a host's name, and writes to it.
fn open(pooler: &Pooler, place: &Place, host: &str, parameters: &str) -> Result<(), Error> {
    let url =
        format!("postgres://annals_writer@{host}:{}/{}?hostaddr=127.0.0.1{parameters}", pooler.port(), place.0.name());
    let store = PostgresStore::open(&url, OpenMode::ReadWriteCreate)?;
    append(&store, producer(1), 0, &plain(1)).map(drop)
}

#[track_caller]
fn refused(outcome: Result<(), Error>, why: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
    assert_eq!(error.to_string().contains("check the server's certificate"), !why.contains("TLS"), "{error}");
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(source.contains(why) && error.to_string().contains(why), "{source}: {error}");
}

#[test]
fn a_server_is_trusted_as_far_as_the_mode_says() {
    let place = Place::new();
    let (ours, others) = (Authority::new(), Authority::new());
    let pooler = Pooler::encrypting(&place.0, &ours.certify("log.test"));
    let open = |host: &str, mode: &str, authority: Option<&Authority>| {
        let file = authority.map_or_else(String::new, |authority| format!("&sslrootcert={}", authority.file.display()));
        open(&pooler, &place, host, &format!("&sslmode={mode}{file}"))
    };
    open("log.test", "verify-full", Some(&ours)).unwrap();
    refused(open("other.test", "verify-full", Some(&ours)), "not valid for name");
    open("other.test", "verify-ca", Some(&ours)).unwrap();
    for mode in ["verify-full", "verify-ca", "require"] {
        // It has the same name, and another key.
        refused(open("log.test", mode, Some(&others)), "invalid peer certificate");
    }
    // This machine trusts no authority that was made a moment ago.
    refused(open("log.test", "verify-full", None), "UnknownIssuer");
    open("other.test", "require", None).unwrap();
    open("other.test", "prefer", None).unwrap();
    // That these were encrypted: the server takes nothing else.
    open("log.test", "disable", None).unwrap_err();
}

#[test]
fn a_server_without_encryption_is_refused_where_it_is_asked_for() {
    let place = Place::new();
    let ours = Authority::new();
    let pooler = Pooler::start(&place.0, Pooling::Session);
    for mode in ["disable", "prefer"] {
        open(&pooler, &place, "log.test", &format!("&sslmode={mode}")).unwrap();
    }
    open(&pooler, &place, "log.test", "").unwrap();
    refused(open(&pooler, &place, "log.test", "&sslmode=require"), "does not support TLS");
    for mode in ["verify-ca", "verify-full"] {
        let parameters = format!("&sslmode={mode}&sslrootcert={}", ours.file.display());
        refused(open(&pooler, &place, "log.test", &parameters), "does not support TLS");
    }
}

#[test]
fn a_file_of_authorities_that_is_none_is_named_by_its_parameter() {
    let place = Place::new();
    let ours = Authority::new();
    let pooler = Pooler::encrypting(&place.0, &ours.certify("log.test"));
    let empty = NamedTempFile::new().unwrap();
    for (file, why) in
        [("/nowhere/quince.pem", "cannot be read"), (&*empty.path().display().to_string(), "has no certificate")]
    {
        let error = open(&pooler, &place, "log.test", &format!("&sslmode=verify-ca&sslrootcert={file}")).unwrap_err();
        let said = format!("{error:?}");
        assert!(said.contains("`sslrootcert`") && said.contains(why) && !said.contains(file), "{said}");
    }
}

/// A certificate that calls itself an authority and is a server's, as `openssl req -x509` makes it.
fn own(name: &str, key: &KeyPair, from: i32, until: i32) -> (Certificate, TempPath) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    let pem = params.self_signed(key).unwrap().pem();
    let file = NamedTempFile::new().unwrap().into_temp_path();
    std::fs::write(&file, &pem).unwrap();
    (Certificate { chain: pem, key: key.serialize_pem() }, file)
}

#[test]
fn a_server_is_trusted_by_its_own_certificate_and_by_no_other_one() {
    let place = Place::new();
    let key = KeyPair::generate().unwrap();
    let (certificate, file) = own("log.test", &key, 2020, 2999);
    // Everything but its bytes is the same, its key too.
    let (_, other) = own("log.test", &key, 2021, 2999);
    let pooler = Pooler::encrypting(&place.0, &certificate);
    let open = |host: &str, mode: &str, file: &TempPath| {
        open(&pooler, &place, host, &format!("&sslmode={mode}&sslrootcert={}", file.display()))
    };
    open("log.test", "verify-full", &file).unwrap();
    refused(open("other.test", "verify-full", &file), "not valid for name");
    for mode in ["verify-ca", "require"] {
        open("other.test", mode, &file).unwrap();
    }
    for mode in ["verify-full", "verify-ca", "require"] {
        refused(open("log.test", mode, &other), "invalid peer certificate");
    }
    // It may stand among others.
    let both = std::fs::read_to_string(&other).unwrap() + &certificate.chain;
    std::fs::write(&other, both).unwrap();
    open("log.test", "verify-full", &other).unwrap();
}

#[test]
fn a_server_is_not_trusted_by_its_own_certificate_before_or_after_its_time() {
    let place = Place::new();
    for (from, until, why) in [(2020, 2021, "expired"), (2998, 2999, "not valid yet")] {
        let (certificate, file) = own("log.test", &KeyPair::generate().unwrap(), from, until);
        let pooler = Pooler::encrypting(&place.0, &certificate);
        for mode in ["verify-full", "verify-ca"] {
            let parameters = format!("&sslmode={mode}&sslrootcert={}", file.display());
            refused(open(&pooler, &place, "log.test", &parameters), why);
        }
    }
}

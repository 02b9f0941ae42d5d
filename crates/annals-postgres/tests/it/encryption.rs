//! Encrypted connections, against a server that was not made with our library.

use std::error::Error as _;

use annals_postgres::{OpenMode, PostgresStore};
use annals_store::{Error, ErrorKind};
use annals_testkit::postgres::{Certificate, Pooler, Pooling};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
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
    assert!(source.contains(why), "{source}");
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

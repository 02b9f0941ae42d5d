//! Encrypted connections, by the names that `libpq` has for how much is asked of a server.
//!
//! `disable` and `prefer` trust the network; `require` keeps out who merely listens; `verify-ca` asks for a certificate of an authority that is trusted, and `verify-full` that it is the server's own.
//! As in `libpq`, `require` with a file of authorities is `verify-ca`, and a server's own certificate may stand in that file, also one that calls itself an authority, as `openssl req -x509` makes it:
//! what is trusted by every byte needs nobody's signature. Its dates and, where it is asked for, its name have to be right all the same.
//!
//! The cryptography is the backend that the workspace has, named here, since a library must not count on what a program made its default.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

/// How a connection is encrypted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Encryption {
    asked: SslMode,
    check: Check,
    authorities: Authorities,
}

/// What is asked of a server's certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Check {
    Nothing,
    /// It comes from an authority.
    Authority,
    /// It comes from an authority, for the name that was asked for.
    Name,
}

/// Whose certificates are trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Authorities {
    /// Those that this machine trusts.
    System,
    /// Those in this file, in PEM.
    File(PathBuf),
}

/// A mode, as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mode(SslMode, Check);

impl Default for Encryption {
    fn default() -> Self {
        Self { asked: SslMode::Prefer, check: Check::Nothing, authorities: Authorities::System }
    }
}

impl Encryption {
    /// The modes by their names.
    pub(crate) const MODES: [(&'static str, Mode); 5] = [
        ("disable", Mode(SslMode::Disable, Check::Nothing)),
        ("prefer", Mode(SslMode::Prefer, Check::Nothing)),
        ("require", Mode(SslMode::Require, Check::Nothing)),
        ("verify-ca", Mode(SslMode::Require, Check::Authority)),
        ("verify-full", Mode(SslMode::Require, Check::Name)),
    ];

    /// Refuses authorities that nobody would be compared with.
    pub(crate) fn new(mode: Option<Mode>, authorities: Option<Authorities>) -> Result<Self, &'static str> {
        let Mode(asked, check) = mode.unwrap_or(Mode(SslMode::Prefer, Check::Nothing));
        let check = match (check, &authorities) {
            (Check::Nothing, Some(Authorities::File(_))) if asked == SslMode::Require => Check::Authority,
            (Check::Nothing, Some(_)) => {
                return Err(
                    "`sslrootcert` is of no use with this `sslmode` (hint: give `sslmode=verify-full` beside it)",
                );
            }
            (check, _) => check,
        };
        Ok(Self { asked, check, authorities: authorities.unwrap_or(Authorities::System) })
    }

    /// What the driver asks the server for.
    pub(crate) fn asked(&self) -> SslMode {
        self.asked
    }

    /// What makes encrypted connections; what is wrong is told without the file's name.
    pub(crate) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(ring::default_provider());
        let trusted = if self.check == Check::Nothing { Trusted::default() } else { self.authorities.read()? };
        let verifier = Verifier { check: self.check, trusted, provider: Arc::clone(&provider) };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("no encryption is to be had: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

impl Authorities {
    fn read(&self) -> Result<Trusted, String> {
        let Trusted { mut roots, mut given } = Trusted::default();
        match self {
            Self::System => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err("this machine trusts no authority (hint: give a file with `sslrootcert`)".to_owned());
                }
            }
            Self::File(path) => {
                let certificates = CertificateDer::pem_file_iter(path)
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .map_err(|_| "the file of `sslrootcert` cannot be read, or is no PEM".to_owned())?;
                for certificate in certificates {
                    let added = roots.add(certificate.clone());
                    added.map_err(|error| format!("the file of `sslrootcert` has a certificate of none: {error}"))?;
                    given.push(certificate);
                }
                if roots.is_empty() {
                    return Err("the file of `sslrootcert` has no certificate".to_owned());
                }
            }
        }
        Ok(Trusted { roots, given })
    }
}

/// What a server's certificate is compared with.
#[derive(Debug)]
struct Trusted {
    /// Who may have signed it.
    roots: RootCertStore,
    /// Those that it may be itself: the ones that the user has named, not the machine's.
    given: Vec<CertificateDer<'static>>,
}

impl Default for Trusted {
    fn default() -> Self {
        Self { roots: RootCertStore::empty(), given: Vec::new() }
    }
}

/// Looks at a server's certificate as far as it is asked to. That the server has the certificate's key is looked at always.
#[derive(Debug)]
struct Verifier {
    check: Check,
    trusted: Trusted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.check != Check::Nothing {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let Trusted { roots, given } = &self.trusted;
            if given.iter().any(|given| given == end_entity) {
                check_dates(end_entity, now)?;
            } else {
                let algorithms = self.provider.signature_verification_algorithms.all;
                verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
            }
            if self.check == Check::Name {
                verify_server_name(&certificate, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Refuses a certificate before it begins and after it has ended.
fn check_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let read = Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let of = |time: Time| UnixTime::since_unix_epoch(time.to_unix_duration());
    let validity = read.tbs_certificate.validity;
    let (not_before, not_after) = (of(validity.not_before), of(validity.not_after));
    if now.as_secs() < not_before.as_secs() {
        return Err(CertificateError::NotValidYetContext { time: now, not_before });
    }
    if not_after.as_secs() < now.as_secs() {
        return Err(CertificateError::ExpiredContext { time: now, not_after });
    }
    Ok(())
}

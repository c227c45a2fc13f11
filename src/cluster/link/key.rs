//! The cluster key, and what both sides of a connection prove by it.
//!
//! All instances derive the same Ed25519 key pair from the cluster key, and present its public key raw (RFC 7250). The
//! other side is accepted when it presents that very key and has signed the handshake by it, which only an instance with
//! the cluster key can do. There are no certificates, no names in them and no dates: TLS 1.3 alone, each connection with
//! a handshake of its own.

use std::fmt;
use std::io;
use std::sync::Arc;

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::signature::Ed25519KeyPair;
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_eddsa_type};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error,
    PeerIncompatible, ServerConfig, SignatureScheme,
};
use thiserror::Error;

/// Characters that a key must have unless it is of hexadecimal digits.
const CHARACTERS_MIN: usize = 32;
/// Bytes that hexadecimal digits stand for.
const HEX_BYTES: usize = 32;
/// Bytes of what is derived from it, which are what one round of SHA-256 gives.
const DERIVED_BYTES: usize = 32;
/// Sets the secrets of a cluster apart from all that others derive from the same text.
const SALT: &[u8] = b"jari cluster key";
/// The purpose of the key pair. Another purpose takes another label.
const LINK_LABEL: &[u8] = b"link: Ed25519 key pair, version 1";
/// The purpose of the secret that keys are sealed with.
const SEALING_LABEL: &[u8] = b"sealing: keys that all instances share, version 1";
/// The protocol inside, as TLS names it.
const HTTP2: &[u8] = b"h2";

/// Why a text is no cluster key. It tells nothing of the text.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    #[error(
        "the cluster key has {0} characters; it needs 64 hexadecimal digits or at least {CHARACTERS_MIN} characters, as \
         `head -c 32 /dev/urandom | base64` writes"
    )]
    Short(usize),
}

/// What all instances of a cluster have, and nobody else.
#[derive(Clone)]
pub struct ClusterKey(Arc<Prk>);

impl ClusterKey {
    /// The key of a key file's text: 64 hexadecimal digits, or anything of at least 32 characters. Space around it does
    /// not count.
    ///
    /// # Errors
    /// It is shorter.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters < CHARACTERS_MIN {
            return Err(KeyError::Short(characters));
        }
        let salt = Salt::new(HKDF_SHA256, SALT);
        // Written in capitals, the digits are the same key.
        let secret = from_hex(text).map_or_else(|| salt.extract(text.as_bytes()), |bytes| salt.extract(&bytes));
        Ok(Self(Arc::new(secret)))
    }

    /// How an instance with this key answers connections.
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(default_provider());
        let pair = self.pair();
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .expect("the provider has TLS 1.3")
            .with_client_cert_verifier(Arc::new(SameKey::new(&pair, &provider)))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(pair)));
        config.alpn_protocols = vec![HTTP2.to_vec()];
        // Every connection proves the key anew.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        Arc::new(config)
    }

    /// How an instance with this key connects.
    #[must_use]
    pub fn client_config(&self) -> Arc<ClientConfig> {
        let provider = Arc::new(default_provider());
        let pair = self.pair();
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .expect("the provider has TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(SameKey::new(&pair, &provider)))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(pair)));
        config.alpn_protocols = vec![HTTP2.to_vec()];
        config.enable_sni = false;
        config.enable_early_data = false;
        config.resumption = rustls::client::Resumption::disabled();
        Arc::new(config)
    }

    /// What the keys that all instances share are sealed with.
    #[must_use]
    pub fn sealing_secret(&self) -> [u8; DERIVED_BYTES] {
        self.derive(SEALING_LABEL)
    }

    /// The secret for one purpose. From one for another it does not follow, nor does the key.
    fn derive(&self, label: &[u8]) -> [u8; DERIVED_BYTES] {
        let mut secret = [0; DERIVED_BYTES];
        let filled = self.0.expand(&[label], HKDF_SHA256).and_then(|derived| derived.fill(&mut secret));
        filled.expect("it is one round");
        secret
    }

    /// The key pair that stands for having the key, its public half as TLS presents it.
    fn pair(&self) -> Arc<CertifiedKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&self.derive(LINK_LABEL)).expect("every 32 bytes are a seed");
        let private = pair.to_pkcs8v1().expect("a key pair can be written");
        let private = any_eddsa_type(&PrivatePkcs8KeyDer::from(private.as_ref())).expect("it was written as one");
        let public = private.public_key().expect("a pair has a public key");
        let presented = CertificateDer::from(public.as_ref().to_vec());
        Arc::new(CertifiedKey::new(vec![presented], private))
    }
}

impl fmt::Debug for ClusterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClusterKey(..)")
    }
}

/// The bytes of 64 hexadecimal digits.
fn from_hex(text: &str) -> Option<[u8; HEX_BYTES]> {
    let mut bytes = [0; HEX_BYTES];
    if text.len() != 2 * HEX_BYTES {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).expect("two digits are a byte");
    }
    Some(bytes)
}

/// Whether a handshake failed because the other side has another key, as either side is told.
pub(super) fn is_other_key(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    matches!(
        error,
        Some(
            Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
                | Error::AlertReceived(AlertDescription::AccessDenied)
        )
    )
}

/// Accepts whoever has the same key pair.
#[derive(Debug)]
struct SameKey {
    public: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl SameKey {
    fn new(pair: &CertifiedKey, provider: &CryptoProvider) -> Self {
        let public = pair.cert.first().expect("a pair has a public key").clone();
        Self { public, algorithms: provider.signature_verification_algorithms }
    }

    fn check(&self, presented: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Result<(), Error> {
        if presented.as_ref() == self.public.as_ref() && others.is_empty() {
            Ok(())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    /// Whether the handshake was signed by the key that all have. What was presented has been compared with it.
    fn check_signature(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let public = SubjectPublicKeyInfoDer::from(self.public.as_ref());
        verify_tls13_signature_with_raw_key(message, &public, signed, &self.algorithms)
    }
}

impl ServerCertVerifier for SameKey {
    fn verify_server_cert(
        &self,
        presented: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(presented, others).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _presented: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        _presented: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for SameKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        presented: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(presented, others).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _presented: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        _presented: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{ClusterKey, KeyError, from_hex};

    fn public(text: &str) -> Vec<u8> {
        ClusterKey::read(text).expect("a key").pair().cert[0].to_vec()
    }

    #[test]
    fn a_key_is_64_digits_or_a_long_text() {
        let digits = "00112233445566778899aabbccddeeff".repeat(2);
        assert_eq!(public(&digits), public(&format!(" {}\n", digits.to_uppercase())));
        assert_ne!(public(&digits), public(&digits.replace('0', "1")));
        let text = "a long text of words, long enough";
        assert_eq!(public(text), public(&format!("{text}\r\n")));
        assert_ne!(public(text), public(&text.to_uppercase()));
        // An algorithm, and 32 bytes.
        assert_eq!(public(text).len(), 44);
    }

    #[test]
    fn the_secret_to_seal_with_is_the_same_in_every_version() {
        let secret = ClusterKey::read("a long text of words, long enough").expect("a key").sealing_secret();
        // By two rounds of HMAC-SHA-256, as RFC 5869 has it.
        let expected = "0a2fc434ec74d4e8ad9e09c82560659495ccc49fb00a546d3984bb253b754833";
        assert_eq!(Some(secret), from_hex(expected));
    }

    #[test]
    fn a_short_key_is_refused_and_none_is_told() {
        let short = "  0123456789012345678901234567890  ";
        assert_eq!(ClusterKey::read(short).map(|_| ()), Err(KeyError::Short(31)));
        assert_eq!(ClusterKey::read("\n").map(|_| ()), Err(KeyError::Short(0)));
        let told = KeyError::Short(31).to_string();
        assert!(told.contains("31 characters") && told.contains("64 hexadecimal digits"), "{told}");
        let key = ClusterKey::read("00112233445566778899aabbccddeeff").expect("32 characters");
        assert_eq!(format!("{key:?}"), "ClusterKey(..)");
    }
}

//! Whether the server speaks TLS, and where its clients find it. It judges how the settings about that fit together, and
//! opens nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use thiserror::Error;

use super::origin::Scheme;
use super::settings::Server;

/// The files that a server needs to speak TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that lead from it to a trusted one.
    pub cert: PathBuf,
    /// The private key of the certificate.
    pub key: PathBuf,
}

/// One of the two files is named, and the other is not.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{given} is set, but {missing} is not: TLS needs both files, so name the other one, or leave both out")]
pub struct TlsFault {
    /// The setting that is there.
    pub given: &'static str,
    /// The setting that is not.
    pub missing: &'static str,
}

impl Server {
    /// The files for TLS; `None` when the server speaks HTTP without it.
    ///
    /// # Errors
    /// Only one of them is named; the command line tells it before anything is started.
    pub fn tls(&self) -> Result<Option<TlsFiles>, TlsFault> {
        const CERT: &str = "server.tls_cert";
        const KEY: &str = "server.tls_key";
        match (&self.tls_cert, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert: cert.clone(), key: key.clone() })),
            (Some(_), None) => Err(TlsFault { given: CERT, missing: KEY }),
            (None, Some(_)) => Err(TlsFault { given: KEY, missing: CERT }),
        }
    }

    /// What the server speaks.
    pub fn scheme(&self) -> Scheme {
        if self.tls_cert.is_some() { Scheme::Https } else { Scheme::Http }
    }

    /// Where clients reach the server that listens at `address`, without a slash at the end: what is set, else an address
    /// that a browser on this machine can follow.
    pub fn url(&self, address: SocketAddr) -> String {
        if let Some(url) = &self.public_url {
            return url.text.trim_end_matches('/').to_owned();
        }
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("{}://{}", self.scheme(), SocketAddr::new(ip, address.port()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::assigned::Assigned;
    use super::super::settings::Server;
    use super::super::value::Given;
    use super::{TlsFault, TlsFiles};

    fn server(pairs: &[(&str, &str)]) -> Server {
        let mut assigned = Assigned::default();
        for (name, text) in pairs {
            assigned.assign(name, &Given::Word((*text).to_owned()), "--set").expect("it is allowed");
        }
        assigned.config().server.clone()
    }

    #[test]
    fn tls_needs_both_files() {
        let (cert, key) = (("server.tls_cert", "a.pem"), ("server.tls_key", "b.pem"));
        assert_eq!(server(&[]).tls(), Ok(None));
        assert_eq!(server(&[("server.tls_cert", "")]).tls(), Ok(None));
        let files = TlsFiles { cert: "a.pem".into(), key: "b.pem".into() };
        assert_eq!(server(&[cert, key]).tls(), Ok(Some(files)));
        for (given, missing) in [(cert, key), (key, cert)] {
            let fault = server(&[given]).tls().expect_err("one is missing");
            assert_eq!(fault, TlsFault { given: given.0, missing: missing.0 });
            let told = fault.to_string();
            assert!(told.starts_with(&format!("{} is set, but {} is not", given.0, missing.0)), "{told}");
        }
    }

    #[test]
    fn clients_find_it_at_its_public_url_else_where_it_listens() {
        let tls = [("server.tls_cert", "a.pem"), ("server.tls_key", "b.pem")];
        let url = |pairs: &[(&str, &str)], address: &str| server(pairs).url(address.parse().expect("an address"));
        for (address, expected) in [
            ("127.0.0.1:8080", "://127.0.0.1:8080"),
            ("0.0.0.0:80", "://127.0.0.1:80"),
            ("[::]:443", "://[::1]:443"),
            ("10.0.0.1:8443", "://10.0.0.1:8443"),
        ] {
            assert_eq!(url(&[], address), format!("http{expected}"));
            assert_eq!(url(&tls, address), format!("https{expected}"));
        }
        let public = ("server.public_url", "https://tickets.example.com/shop/");
        assert_eq!(url(&[public], "127.0.0.1:8080"), "https://tickets.example.com/shop");
    }
}

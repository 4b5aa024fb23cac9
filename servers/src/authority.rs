//! An authority that vouches for servers and clients of a test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;

/// An authority made for a test. Its files, in PEM, are gone when it is dropped.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    place: TempDir,
}

/// The files of a certificate and its private key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key, which nobody else can read: some servers insist.
    pub key: PathBuf,
}

impl Authority {
    /// A new one, that nobody trusts yet.
    ///
    /// # Panics
    ///
    /// If there is no directory to write in.
    #[allow(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Authority {
        let mut params = CertificateParams::new([]).expect("no names");
        // OpenSSL takes what is called as its issuer is for signed by itself.
        params.distinguished_name.push(DnType::CommonName, "an authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("a certificate");
        let place = tempfile::tempdir().expect("a directory");
        fs::write(place.path().join("roots.pem"), issuer.pem()).expect("a file");
        Authority { issuer, place }
    }

    /// The file that whoever trusts it is given.
    pub fn roots(&self) -> PathBuf {
        self.place.path().join("roots.pem")
    }

    /// Where its files are.
    pub fn place(&self) -> &Path {
        self.place.path()
    }

    /// The papers of a server of `localhost` and `127.0.0.1`.
    pub fn server(&self) -> Papers {
        self.papers("server", params())
    }

    /// The papers of such a server that ran out long ago.
    pub fn expired(&self) -> Papers {
        let mut params = params();
        params.not_after = date_time_ymd(2001, 1, 1);
        self.papers("expired", params)
    }

    /// The papers of a client.
    pub fn client(&self) -> Papers {
        self.papers("me", params())
    }

    fn papers(&self, name: &str, params: CertificateParams) -> Papers {
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let file = |ending: &str| self.place.path().join(format!("{name}.{ending}"));
        let papers = Papers { certificate: file("pem"), key: file("key") };
        fs::write(&papers.certificate, certificate.pem()).expect("a file");
        fs::write(&papers.key, key.serialize_pem()).expect("a file");
        #[cfg(unix)]
        fs::set_permissions(&papers.key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our file");
        papers
    }
}

fn params() -> CertificateParams {
    CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("good names")
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

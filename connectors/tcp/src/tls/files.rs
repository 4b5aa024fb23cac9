//! Certificates and keys in PEM files.

use std::fmt;
use std::path::Path;

use pool_core::OptionError;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Those whom a file's certificates make trusted.
pub(super) fn roots(path: &Path) -> Result<RootCertStore, OptionError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("tls.roots", path)? {
        roots.add(certificate).map_err(|error| useless("tls.roots", path, error))?;
    }
    Ok(roots)
}

/// Every certificate of a file; one at least.
pub(super) fn certificates(option: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, OptionError> {
    let unreadable = |error| unreadable(option, path, error);
    let found = CertificateDer::pem_file_iter(path).map_err(unreadable)?.collect::<Result<Vec<_>, _>>();
    match found.map_err(unreadable)? {
        none if none.is_empty() => Err(unreadable(pem::Error::NoItemsFound)),
        some => Ok(some),
    }
}

/// The first private key of a file.
pub(super) fn key(option: &str, path: &Path) -> Result<PrivateKeyDer<'static>, OptionError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| unreadable(option, path, error))
}

/// The file can be read, and what is in it is of no use.
pub(super) fn useless(option: &str, path: &Path, error: impl fmt::Display) -> OptionError {
    OptionError::new(option, format!("what {} holds is of no use: {error}", path.display()))
}

fn unreadable(option: &str, path: &Path, error: pem::Error) -> OptionError {
    let path = path.display();
    let message = match error {
        pem::Error::Io(error) => format!("cannot read {path}: {error}"),
        pem::Error::NoItemsFound => {
            format!(
                "{path} has no such section: wanted is PEM, which begins with `-----BEGIN CERTIFICATE-----` or `… PRIVATE KEY-----`"
            )
        }
        other => format!("{path} is not good PEM: {other}"),
    };
    OptionError::new(option, message)
}

//! The certificates that the system trusts.

use std::sync::OnceLock;

use pool_core::OptionError;
use tokio_rustls::rustls::RootCertStore;

/// Those of the system, read once. Where there are none, the mistake says what to do.
pub(super) fn roots() -> Result<RootCertStore, OptionError> {
    static READ: OnceLock<RootCertStore> = OnceLock::new();
    if let Some(roots) = READ.get() {
        return Ok(roots.clone());
    }
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Some that a system has are older than what anybody accepts; the others count.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let because = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        let message = format!(
            "this system has no certificates to trust{because}: install its package `ca-certificates`, or name a PEM file"
        );
        return Err(OptionError::new("tls.roots", message));
    }
    Ok(READ.get_or_init(|| roots).clone())
}

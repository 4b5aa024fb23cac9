//! Where a call goes, and which calls belong together.

use http::HeaderName;
use http::request::Parts;
use pool_core::{OptionError, key_of};

/// Where a call goes, if not to the balance policy's pick; put into the extensions of its request:
/// `request.extensions_mut().insert(CallOptions::new().key(customer))`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    /// The name of an endpoint: to that one and no other. Default: the balance policy's pick.
    pub endpoint: Option<String>,
    /// A key for balance policies that hash. Default: that of the header which the option `key_header` names.
    pub key: Option<u64>,
}

impl CallOptions {
    /// Where the balance policy likes.
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// To the endpoint of this name and no other.
    #[must_use]
    pub fn endpoint(self, name: impl Into<String>) -> CallOptions {
        CallOptions { endpoint: Some(name.into()), ..self }
    }

    /// With a key for balance policies that hash.
    #[must_use]
    pub fn key(self, key: u64) -> CallOptions {
        CallOptions { key: Some(key), ..self }
    }
}

/// The key of a call: its own, or that of the header.
pub(crate) fn own_key(head: &Parts, header: Option<&HeaderName>) -> Option<u64> {
    let own = head.extensions.get::<CallOptions>().and_then(|options| options.key);
    own.or_else(|| head.headers.get(header?).map(|value| key_of(value.as_bytes())))
}

/// The header that an option names.
pub(crate) fn parse_header(name: &str) -> Result<HeaderName, OptionError> {
    let told = || format!("`{name}` is no name of metadata; for example `x-tenant`");
    name.parse().map_err(|_| OptionError::new("key_header", told()))
}

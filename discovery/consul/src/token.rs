//! What Consul knows us by.

use std::path::{Path, PathBuf};

use http::HeaderValue;
use pool_core::{DiscoveryError, OptionError, Secret};

/// Where the token comes from, each time that it is needed.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    None,
    Given(HeaderValue),
    /// Read anew for each query, so that a token can be changed while the pool lives.
    File(PathBuf),
}

impl Credential {
    pub(crate) fn new(token: Option<&Secret>, file: Option<&Path>) -> Result<Credential, OptionError> {
        match (token, file) {
            (Some(_), Some(_)) => {
                Err(OptionError::new("token_file", "both `token` and `token_file` are given; keep one of them"))
            }
            (Some(token), None) => match header(token.reveal()) {
                Some(value) => Ok(Credential::Given(value)),
                None => Err(OptionError::new("token", NO_TOKEN)),
            },
            (None, Some(path)) => Ok(Credential::File(path.to_owned())),
            (None, None) => Ok(Credential::None),
        }
    }

    pub(crate) fn is_some(&self) -> bool {
        !matches!(self, Credential::None)
    }

    /// The header's value.
    pub(crate) async fn read(&self) -> Result<Option<HeaderValue>, DiscoveryError> {
        let path = match self {
            Credential::None => return Ok(None),
            Credential::Given(value) => return Ok(Some(value.clone())),
            Credential::File(path) => path,
        };
        let content = tokio::fs::read_to_string(path).await.map_err(|error| {
            DiscoveryError::new(format!("cannot read Consul's token from {}", path.display())).because(error)
        })?;
        match header(content.trim()) {
            Some(value) => Ok(Some(value)),
            None => Err(DiscoveryError::new(format!("{}: {NO_TOKEN}", path.display()))),
        }
    }
}

const NO_TOKEN: &str = "this cannot be a token: one line of printable ASCII is wanted, as Consul gives it out";

fn header(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(token).ok().filter(|value| !value.is_empty() && value.to_str().is_ok())?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_in_nothing_that_is_shown() {
        let token = Secret::new("s3cret");
        let credential = Credential::new(Some(&token), None).expect("a token");
        for shown in [format!("{token:?}"), format!("{credential:?}")] {
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        for bad in ["", "two\nlines", "t\u{fc}te"] {
            let error = Credential::new(Some(&Secret::new(bad)), None).expect_err(bad).to_string();
            assert!(error.starts_with("token: ") && (bad.is_empty() || !error.contains(bad)), "{error}");
        }
        let both = Credential::new(Some(&token), Some(Path::new("t"))).expect_err("one too many").to_string();
        assert!(both.starts_with("token_file: ") && both.contains("keep one"), "{both}");
    }
}

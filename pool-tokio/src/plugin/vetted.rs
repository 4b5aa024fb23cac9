//! A source of endpoints whose addresses the connector looks at.

use pool_core::{Discovery, DiscoveryError, DiscoveryFuture, Endpoint, OptionError};
use serde_json::Value;

/// A source whose sets are refused, and told of, if the connector cannot take an address of theirs:
/// a configuration that lists such an endpoint is refused too.
#[derive(Debug)]
pub(super) struct Vetted {
    pub(super) source: Box<dyn Discovery>,
    /// The connector's options.
    pub(super) options: Value,
    pub(super) check: fn(Value, &Endpoint) -> Result<(), OptionError>,
}

impl Discovery for Vetted {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(async {
            let set = self.source.next().await?;
            match addresses(&self.options, self.check, &set).into_iter().next() {
                None => Ok(set),
                Some(mistake) => {
                    Err(DiscoveryError::new("the source gave an endpoint that cannot be dialed").because(mistake))
                }
            }
        })
    }
}

/// The endpoints that the connector cannot take, each under its number.
pub(super) fn addresses(
    options: &Value,
    check: fn(Value, &Endpoint) -> Result<(), OptionError>,
    endpoints: &[Endpoint],
) -> Vec<OptionError> {
    let found = endpoints.iter().enumerate().filter_map(|(at, endpoint)| {
        let mut mistake = check(options.clone(), endpoint).err()?;
        mistake.path.splice(0..0, ["endpoints".to_owned(), at.to_string()]);
        Some(mistake)
    });
    found.collect()
}

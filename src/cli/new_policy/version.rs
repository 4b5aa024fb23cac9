//! Which versions cargo understands: `0.1`, `=0.1.2`, `>=0.1, <0.3`.

use semver::VersionReq;

use super::Mistake;

/// The same text, if cargo takes it for what versions are meant.
pub(super) fn requirement(text: &str) -> Result<String, Mistake> {
    match VersionReq::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!(
            "`{text}` is no version that cargo understands\n  = for example `0.1`, `=0.1.2` or `>=0.1, <0.3`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_understands_is_taken_as_it_is() {
        for text in [
            "1",
            "0.1",
            "0.1.2",
            "*",
            "1.*",
            "0.1.*",
            "=0.1.2",
            "^1",
            "~ 0.1",
            ">=0.1, <0.3",
            "1.0.0-rc.1",
            "1.0.0-a+b.1",
        ] {
            assert_eq!(requirement(text), Ok(text.to_owned()));
        }
        assert_eq!(requirement(env!("CARGO_PKG_VERSION")), Ok(env!("CARGO_PKG_VERSION").to_owned()));
    }

    #[test]
    fn what_it_does_not_is_refused() {
        for text in [
            "",
            " ",
            "not a version",
            "v1",
            "latest",
            "1.",
            ".1",
            "1.2.3.4",
            "01",
            "1.*.2",
            "1,",
            "*, 1",
            "==1",
            "1 2",
            "1.0-rc",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0-a_b",
            "99999999999999999999",
        ] {
            assert!(requirement(text).is_err(), "{text}");
        }
    }
}

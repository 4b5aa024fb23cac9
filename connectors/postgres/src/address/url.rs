//! Addresses as libpq's URIs: `postgres://user:password@host:port/database?name=value`.

use super::{Address, DEFAULT_PORT, Said, socket};
use crate::{SessionAttrs, SslMode};

/// Reads what follows the scheme.
pub(super) fn parse(rest: &str) -> Result<Address, String> {
    if rest.contains('#') {
        return Err("it has a `#`; in a password that is written `%23`".into());
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = match authority.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, authority),
    };
    let mut said = Said::default();
    if let Some(login) = login {
        let (user, password) = login.split_once(':').map_or((login, None), |(user, word)| (user, Some(word)));
        said.user = decoded("user", user)?;
        said.password = password.map_or(Ok(None), |word| decoded("password", word))?;
    }
    said.database = decoded("database", database)?;
    let (mut host, mut port) = host_and_port(place)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            // It may be of a password, and is not shown.
            return Err("behind a `?` stands `name=value`; in a password a `?` is written `%3F`".into());
        }
        if !pair.contains('=') {
            return Err(format!("`{name}` has no value: `{name}=value`"));
        }
        let value = decoded(name, value)?;
        match name {
            "host" => host = value.unwrap_or_default(),
            "port" => port = value.map_or(Ok(port), |port| number(&port).map(Some))?,
            "user" => said.user = value,
            "dbname" => said.database = value,
            "application_name" => said.application_name = value,
            "options" => said.options = value,
            "sslmode" => said.ssl_mode = value.map(|mode| ssl_mode(&mode)).transpose()?,
            "target_session_attrs" => said.session = value.map(|attrs| session(&attrs)).transpose()?,
            _ => return Err(unknown(name)),
        }
    }
    let port = port.unwrap_or(DEFAULT_PORT);
    let socket = match &*host {
        "" => return Err("the host is missing, as in `postgres://localhost/orders`".into()),
        path if path.starts_with('/') => socket(path, port)?,
        host if host.contains(':') => format!("[{host}]:{port}"),
        host => format!("{host}:{port}"),
    };
    Ok(Address { socket, said })
}

fn host_and_port(place: &str) -> Result<(String, Option<u16>), String> {
    if place.contains(',') {
        return Err("there are several hosts in it; name each as an endpoint of its own".into());
    }
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("the bracket is not closed, as in `[::1]:5432`")?,
        None => place.find(':').map_or((place, ""), |at| place.split_at(at)),
    };
    let port = match port {
        "" | ":" => None,
        port => Some(number(port.strip_prefix(':').ok_or("an IPv6 address stands in brackets, as in `[::1]:5432`")?)?),
    };
    Ok((decoded("host", host)?.unwrap_or_default(), port))
}

fn number(port: &str) -> Result<u16, String> {
    match port.parse() {
        Ok(0) | Err(_) => Err("the port must be a number from 1 to 65535".into()),
        Ok(port) => Ok(port),
    }
}

fn ssl_mode(mode: &str) -> Result<SslMode, String> {
    match mode {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        // Whoever speaks TLS here looks at the certificate and its name.
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        _ => Err(format!("`sslmode` is `disable`, `prefer`, `require` or `verify-full`, not `{mode}`")),
    }
}

fn session(attrs: &str) -> Result<SessionAttrs, String> {
    match attrs {
        "any" => Ok(SessionAttrs::Any),
        "read-write" | "primary" => Ok(SessionAttrs::ReadWrite),
        "read-only" | "standby" => Ok(SessionAttrs::ReadOnly),
        _ => Err(format!("`target_session_attrs` is `any`, `read-write` or `read-only`, not `{attrs}`")),
    }
}

fn unknown(name: &str) -> String {
    let instead = match name {
        "connect_timeout" => "; say `socket.connect_timeout` or the pool's `dial.timeout`",
        "sslrootcert" => "; say `tls.roots`",
        "sslcert" => "; say `tls.client_certificate`",
        "sslkey" => "; say `tls.client_key`",
        // There it would be shown.
        "password" => ": it stands before the `@`",
        "passfile" => "; say `password_file`",
        _ if name.starts_with("keepalives") => "; say `socket.keepalive`",
        _ => ": a setting of the server's stands in `settings`",
    };
    format!("`{name}` cannot be said in an address{instead}")
}

/// A part with every `%41` resolved; nothing, if it is empty. The part itself is not in the error: it may be secret.
fn decoded(what: &str, part: &str) -> Result<Option<String>, String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        let digit =
            |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        bytes.push(match byte {
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(format!("in the {what}, two hexadecimal digits follow a `%`; itself it is `%25`")),
            },
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("the {what} is not in UTF-8"))?;
    Ok((!text.is_empty()).then_some(text))
}

use super::*;

fn parsed(text: &str) -> Address {
    Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_form_leads_to_a_socket() {
    for (text, socket) in [
        ("localhost:5433", "localhost:5433"),
        ("[::1]:1", "[::1]:1"),
        ("postgres://db", "db:5432"),
        ("postgres://db:", "db:5432"),
        ("postgresql://me:word@db:5433/orders", "db:5433"),
        ("postgres://me@[::1]:5433/", "[::1]:5433"),
        ("postgres://[::1]", "[::1]:5432"),
        ("unix:/run/postgresql", "unix:/run/postgresql/.s.PGSQL.5432"),
        ("unix:/run/postgresql/", "unix:/run/postgresql/.s.PGSQL.5432"),
        ("unix:/run/.s.PGSQL.5433", "unix:/run/.s.PGSQL.5433"),
        ("postgres://%2Frun%2Fpostgresql:5433/orders", "unix:/run/postgresql/.s.PGSQL.5433"),
        ("postgres:///orders?host=/run&port=5433", "unix:/run/.s.PGSQL.5433"),
    ] {
        assert_eq!(parsed(text).socket, socket, "{text}");
        assert_eq!(parsed(text).is_local(), socket.starts_with("unix:"));
    }
}

#[test]
fn a_url_says_the_rest() {
    let text = "postgres://m%40e:w%3Ao%2Frd@db/or%20ders?application_name=till&options=-c%20geqo%3Doff\
                &sslmode=verify-full&target_session_attrs=read-write";
    let said = parsed(text).said;
    assert_eq!(said.user.as_deref(), Some("m@e"));
    assert_eq!(said.password.as_deref(), Some("w:o/rd"));
    assert_eq!(said.database.as_deref(), Some("or ders"));
    assert_eq!(said.application_name.as_deref(), Some("till"));
    assert_eq!(said.options.as_deref(), Some("-c geqo=off"));
    assert_eq!((said.ssl_mode, said.session), (Some(SslMode::Require), Some(SessionAttrs::ReadWrite)));
    assert!(parsed("postgres://db").said == Said::default());
    assert_eq!(parsed("postgres://db?user=me&dbname=a").said.user.as_deref(), Some("me"));
}

#[test]
fn bad_addresses_say_what_is_wrong_and_show_no_password() {
    for (text, why) in [
        ("localhost", "port is missing"),
        ("me:word@db:5432", "takes a URL"),
        ("mysql://me:word@db", "`mysql` is not spoken"),
        ("postgres://", "host is missing"),
        ("postgres://me:word@/orders", "host is missing"),
        ("postgres://me:word@db:0", "1 to 65535"),
        ("postgres://me:word@db:x", "1 to 65535"),
        ("postgres://me:word@::1:5432", "1 to 65535"),
        ("postgres://me:word@[::1", "not closed"),
        ("postgres://me:word@[::1]x", "in brackets"),
        ("postgres://me:word@a,b", "several hosts"),
        ("postgres://me:w%ord@db", "in the password"),
        ("postgres://me:word%ff@db", "not in UTF-8"),
        ("postgres://me:wo#rd@db", "written `%23`"),
        ("postgres://me:wo?rd@db", "1 to 65535"),
        ("postgres://db?we@ird", "written `%3F`"),
        ("postgres://me:wo/rd@db", "1 to 65535"),
        ("me:wo://rd@db", "no scheme"),
        ("postgres://db?sslmode=yes", "`sslmode` is"),
        ("postgres://db?sslmode", "has no value"),
        ("postgres://db?password=word@", "before the `@`"),
        ("postgres://db?connect_timeout=1", "`dial.timeout`"),
        ("postgres://db?sslrootcert=a", "`tls.roots`"),
        ("postgres://db?statement_timeout=1", "`settings`"),
        ("unix:run", "from the root on"),
    ] {
        let error = Address::parse(text).expect_err(text).to_string();
        assert!(error.contains(why), "{text}: {error}");
        let is_shown = ["word@", "rd@", ":wo"].into_iter().any(|part| error.contains(part));
        assert!(!is_shown, "{text}: {error}");
    }
    assert!(!format!("{:?}", parsed("postgres://me:word@db")).contains("word"));
}

//! What Consul means when it refuses, and what to do about it.

use http::StatusCode;

use crate::ConsulOptions;
use crate::line::Reply;

/// Why there is no answer in this reply; `None` if there is.
pub(crate) fn refusal(reply: &Reply, options: &ConsulOptions, has_token: bool) -> Option<String> {
    if reply.status == StatusCode::OK {
        return None;
    }
    let said = said(&reply.body);
    let ConsulOptions { service, datacenter, filter, .. } = options;
    let means = match reply.status {
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED if has_token => {
            format!("it refuses the token; wanted is one with `service:read` on `{service}` and `node:read`")
        }
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
            format!("it wants a token: set `token` or `token_file` to one with `service:read` on `{service}`")
        }
        StatusCode::TOO_MANY_REQUESTS => "it is asked too much".to_owned(),
        _ if said.contains("No path to datacenter") => {
            let named = datacenter.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
            format!("it knows no way to the datacenter{named}; `consul catalog datacenters` lists those it knows")
        }
        _ if filter.is_some() && (said.contains("filter") || said.contains("boolean expression")) => {
            "it does not understand `filter`".to_owned()
        }
        // In what words an agent says it changes while servers come and go; it is one trouble all the same.
        _ if NO_SERVERS.iter().any(|words| said.contains(words)) => {
            return Some("it has no server that answers, or its servers have no leader at the moment".to_owned());
        }
        status => format!("it answers with status {}", status.as_u16()),
    };
    Some(if said.is_empty() { means } else { format!("{means} (it says: {said})") })
}

const NO_SERVERS: [&str; 3] = ["No cluster leader", "No known Consul servers", "rpc error"];

/// The first line of what it says, if that is short enough for a message.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(MOST_SAID).collect()
}

const MOST_SAID: usize = 200;

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn of(status: u16, body: &'static str, has_token: bool) -> Option<String> {
        let status = StatusCode::from_u16(status).expect("a status");
        let mut options = ConsulOptions::new("orders");
        options.datacenter = Some("mars".to_owned());
        options.filter = Some("a == b".to_owned());
        refusal(&Reply { status, headers: HeaderMap::new(), body: body.into() }, &options, has_token)
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        assert_eq!(of(200, "[]", false), None);
        for (status, body, has_token, why) in [
            (403, "ACL not found", true, "refuses the token; wanted is one with `service:read` on `orders`"),
            (403, "Permission denied", false, "set `token` or `token_file`"),
            (500, "No path to datacenter", false, "the datacenter `mars`"),
            (500, "No cluster leader", false, "no leader"),
            (500, "No known Consul servers", false, "no server that answers"),
            (500, "rpc error making call: EOF", false, "no server that answers"),
            (500, "Failed to create boolean expression evaluator: no", false, "`filter` (it says: Failed"),
            (500, "rpc error making call: Failed to create boolean expression evaluator: no", false, "`filter` (it"),
            (429, "", false, "too much"),
            (502, "<html>\n<body>", false, "status 502 (it says: <html>)"),
        ] {
            let told = of(status, body, has_token).expect(body);
            assert!(told.contains(why), "{status} {body}: {told}");
        }
    }
}

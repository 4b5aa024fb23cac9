//! Links from what a panel shows to where the answer is.

use pool_core::catalog::{Attribute, Span};
use serde_json::{Value, json};

/// The uid of the data source that has the traces: that of `provisioning/datasources`.
pub const TRACES: &str = "tempo";

/// A link that is offered on a series or a row.
#[derive(Debug, Clone)]
pub struct DataLink {
    title: String,
    url: String,
}

impl DataLink {
    /// To the spans of the pool whose series was clicked, in the time that is shown.
    pub fn traces(span: Span) -> DataLink {
        let (name, pool) = (span.name(), Attribute::Pool.key());
        // Grafana fills in what stands in ${…}; everything else has to be escaped for a URL.
        let search = format!("{{ name = \"{name}\" && span.{pool} = \"${{__field.labels.pool}}\" }}");
        let panes = format!(
            "{{\"traces\":{{\"datasource\":\"{TRACES}\",\"queries\":[{{\"refId\":\"A\",\"datasource\":\
             {{\"type\":\"tempo\",\"uid\":\"{TRACES}\"}},\"queryType\":\"traceql\",\"query\":\"{}\"}}],\
             \"range\":{{\"from\":\"${{__from}}\",\"to\":\"${{__to}}\"}}}}}}",
            search.replace('"', "\\\"")
        );
        DataLink {
            title: format!("Traces: {name} of ${{__field.labels.pool}}"),
            url: format!("/explore?schemaVersion=1&panes={}", escaped(&panes)),
        }
    }

    /// To a section of a guide of ours.
    pub fn guide(name: &str, section: &str) -> DataLink {
        let url = format!("{}/blob/main/docs/guides/{name}.md#{section}", env!("CARGO_PKG_REPOSITORY"));
        DataLink { title: "What to do".to_owned(), url }
    }

    /// To a dashboard, with everything that is chosen here.
    pub fn dashboard(uid: &str, title: &str) -> DataLink {
        let url = format!("/d/{uid}?${{__url_time_range}}&${{__all_variables}}");
        DataLink { title: title.to_owned(), url }
    }

    /// To a dashboard, for the pool of the row that was clicked.
    pub fn dashboard_of_row(uid: &str, title: &str) -> DataLink {
        let of_row = ["job", "instance", "pool"].map(|field| format!("var-{field}=${{__data.fields.{field}}}"));
        let url = format!("/d/{uid}?${{__url_time_range}}&var-datasource=${{datasource}}&{}", of_row.join("&"));
        DataLink { title: title.to_owned(), url }
    }

    pub(super) fn json(&self) -> Value {
        json!({ "targetBlank": false, "title": self.title, "url": self.url })
    }
}

/// Escapes all but letters, digits and `${…}`.
fn escaped(text: &str) -> String {
    let (mut escaped, mut variable) = (String::new(), false);
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        variable |= letter == '$' && rest.peek() == Some(&'{');
        if variable || letter.is_ascii_alphanumeric() || "-_.".contains(letter) {
            escaped.push(letter);
        } else {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                escaped.push_str(&format!("%{byte:02X}"));
            }
        }
        variable &= letter != '}';
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_variables_and_escapes_the_rest() {
        assert_eq!(escaped("{\"a\": \"${__from}\"}"), "%7B%22a%22%3A%20%22${__from}%22%7D");
    }

    #[test]
    fn a_link_to_traces_asks_for_the_span_by_the_name_in_the_catalog() {
        let link = DataLink::traces(Span::Wait);
        assert!(link.url.contains("name%20%3D%20%5C%22pool.wait%5C%22"), "{}", link.url);
        assert!(link.url.contains("span.pool.name%20%3D%20%5C%22${__field.labels.pool}%5C%22"), "{}", link.url);
    }
}

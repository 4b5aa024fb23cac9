//! The query interface of Prometheus, which VictoriaMetrics has too.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::Value;

use crate::http;

/// Asks a server of metrics, in PromQL.
#[derive(Debug, Clone, Copy)]
pub struct Queries {
    address: SocketAddr,
}

/// One series of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its labels, with its name as `__name__` if it has one.
    pub labels: BTreeMap<String, String>,
    /// Its values in the order of time; one of an instant query.
    pub samples: Vec<Sample>,
}

/// The value of a series at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// In seconds since 1970.
    pub at: f64,
    /// Its value; `None` where it is a native histogram.
    pub value: Option<f64>,
}

impl Queries {
    /// Of the server at this address.
    pub fn new(address: SocketAddr) -> Queries {
        Queries { address }
    }

    /// A query at one time, in seconds since 1970; `None` is now. A scalar is a series without labels.
    ///
    /// # Errors
    ///
    /// What the server says is wrong with the query, or that there is no server.
    pub fn instant(&self, query: &str, at: Option<f64>) -> Result<Vec<Series>, String> {
        let at = at.map(|at| at.to_string());
        let mut fields = vec![("query", query)];
        fields.extend(at.as_deref().map(|at| ("time", at)));
        series(&self.ask("/api/v1/query", &fields)?)
    }

    /// A query at each `step` seconds between two times, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// What the server says is wrong with the query, or that there is no server.
    pub fn range(&self, query: &str, from: f64, until: f64, step: f64) -> Result<Vec<Series>, String> {
        let (from, until, step) = (from.to_string(), until.to_string(), step.to_string());
        let fields = [("query", query), ("start", &from), ("end", &until), ("step", &step)];
        series(&self.ask("/api/v1/query_range", &fields)?)
    }

    /// The values that a label has, of all series or of those of a selector.
    ///
    /// # Errors
    ///
    /// What the server says is wrong with the selector, or that there is no server.
    pub fn label_values(&self, label: &str, selector: Option<&str>) -> Result<Vec<String>, String> {
        let selector = selector.map(|selector| format!("?{}", http::form(&[("match[]", selector)])));
        let path = format!("/api/v1/label/{label}/values{}", selector.unwrap_or_default());
        let answer = http::get(self.address, &path).map_err(|error| error.to_string())?;
        let values = data(&answer)?;
        let values = values.as_array().ok_or("no list of values")?;
        Ok(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Anything else that answers in the same form: `data` of the answer.
    ///
    /// # Errors
    ///
    /// What the server says is wrong, or that there is no server.
    pub fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Result<Value, String> {
        let answer = match fields {
            [] => http::get(self.address, path),
            fields => http::post_form(self.address, path, fields),
        };
        data(&answer.map_err(|error| error.to_string())?)
    }
}

fn data(answer: &http::Answer) -> Result<Value, String> {
    let body: Value = serde_json::from_str(&answer.body).map_err(|error| format!("{error}: {}", answer.body))?;
    match body["status"].as_str() {
        Some("success") => Ok(body["data"].clone()),
        _ => Err(body["error"].as_str().unwrap_or(&answer.body).to_owned()),
    }
}

fn series(data: &Value) -> Result<Vec<Series>, String> {
    let results = &data["result"];
    match data["resultType"].as_str() {
        Some("scalar" | "string") => Ok(vec![Series { labels: BTreeMap::new(), samples: vec![sample(results)?] }]),
        Some("vector" | "matrix") => results.as_array().ok_or("no list of series")?.iter().map(one).collect(),
        other => Err(format!("a result of another kind: {other:?}")),
    }
}

fn one(result: &Value) -> Result<Series, String> {
    let labels = result["metric"].as_object().ok_or("a series without labels")?;
    let labels = labels.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let many = |key: &str| result[key].as_array().into_iter().flatten().collect::<Vec<_>>();
    let single = ["value", "histogram"].into_iter().map(|key| &result[key]).filter(|value| !value.is_null());
    let samples = single.chain(many("values")).chain(many("histograms"));
    Ok(Series { labels: labels.collect(), samples: samples.map(sample).collect::<Result<_, _>>()? })
}

fn sample(pair: &Value) -> Result<Sample, String> {
    let at = pair[0].as_f64().ok_or_else(|| format!("a sample without a time: {pair}"))?;
    Ok(Sample { at, value: pair[1].as_str().and_then(|value| value.replace("Inf", "inf").parse().ok()) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_of_every_kind_become_series() {
        let vector = json!({"resultType": "vector", "result": [{"metric": {"a": "b"}, "value": [1.5, "NaN"]}]});
        let found = series(&vector).expect("well-formed");
        assert_eq!(found[0].labels["a"], "b");
        assert!(found[0].samples[0].value.expect("a number").is_nan());
        let matrix = json!({"resultType": "matrix", "result": [
            {"metric": {}, "values": [[1, "+Inf"], [2, "3"]], "histograms": [[3, {"count": "1"}]]}
        ]});
        let values: Vec<_> = series(&matrix).expect("well-formed")[0].samples.iter().map(|s| s.value).collect();
        assert_eq!(values, [Some(f64::INFINITY), Some(3.0), None]);
        let scalar = series(&json!({"resultType": "scalar", "result": [7, "2"]})).expect("well-formed");
        assert_eq!(scalar[0].samples, [Sample { at: 7.0, value: Some(2.0) }]);
    }
}

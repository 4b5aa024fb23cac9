//! What of a case its steps may name.

use std::ops::Range;

use super::pool::Table;
use super::reader::Reader;
use crate::config::{allowed, meant};

/// More names than these are not listed.
const MOST: usize = 12;

/// What of a case its steps may name.
pub(super) struct Known {
    /// Its endpoints, those of later steps too.
    pub(super) endpoints: Vec<String>,
    /// Who has asked by now.
    pub(super) asked: Vec<String>,
    /// Whether any of them gives back by itself.
    pub(super) has_crowd: bool,
    /// The table of its pool by now.
    pub(super) table: Table,
}

impl Known {
    /// Somebody asks.
    pub(super) fn asks(&mut self, name: &str) {
        if !is_among(&self.asked, name) {
            self.asked.push(name.to_owned());
        }
    }

    /// Tells of a caller that never asked.
    pub(super) fn has_asked(&self, reader: &mut Reader<'_>, name: &str, span: &Range<usize>) {
        if !is_among(&self.asked, name) {
            reader.error(span, format!("`{name}` never asked for a connection"), notes(name, &self.asked));
        }
    }

    /// Tells of an endpoint that is not there.
    pub(super) fn has_endpoint(&self, reader: &mut Reader<'_>, name: &str, span: &Range<usize>) {
        if !is_among(&self.endpoints, name) {
            reader.error(span, format!("this case has no endpoint `{name}`"), notes(name, &self.endpoints));
        }
    }
}

fn is_among(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

fn notes(name: &str, among: &[String]) -> Vec<String> {
    let among: Vec<&str> = among.iter().map(String::as_str).collect();
    // Of a single letter every other is the nearest.
    let meant = if name.chars().count() > 1 { meant(name, among.iter().copied()) } else { None };
    let all = (1..=MOST).contains(&among.len()).then(|| allowed(&among));
    meant.into_iter().chain(all).collect()
}

//! Mistakes, told as compilers tell them.

mod hidden;

use std::fmt;
use std::ops::Range;

/// One mistake, or something odd, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Whether the configuration can be used all the same.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where it is.
    pub place: Place,
    /// What is allowed, what was meant, what to do: a line each.
    pub notes: Vec<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// It is taken, and perhaps does not do what was meant.
    Warning,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// A file.
    File {
        /// Its name, as it was given.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// The text of the line.
        text: String,
        /// How many characters are meant.
        width: usize,
    },
    /// A whole file, for what is wrong with all of it.
    WholeFile {
        /// Its name, as it was given.
        name: String,
    },
    /// A preset: see [`presets`](crate::presets).
    Preset {
        /// Its name.
        name: String,
        /// The line of its file, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// The text of the line.
        text: String,
        /// How many characters are meant.
        width: usize,
    },
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
        /// Its value, unless its name says that it is a secret.
        value: String,
        /// The column in `NAME=value` of what is meant, from 1, in characters.
        column: usize,
        /// How many characters are meant.
        width: usize,
    },
    /// A value set by the program.
    Code {
        /// The source line of the program that set it.
        location: String,
        /// What it set: `pools.orders.limits.max_open = 64`.
        text: String,
    },
    /// Nobody gave it.
    Default,
}

impl Diagnostic {
    pub(crate) fn error(message: impl Into<String>, place: Place) -> Diagnostic {
        Diagnostic { severity: Severity::Error, message: message.into(), place, notes: Vec::new() }
    }

    pub(crate) fn warning(message: impl Into<String>, place: Place) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(message, place) }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }
}

impl Place {
    /// The place of a span of bytes; one that the text does not have is taken as its end.
    pub(crate) fn in_file(name: &str, text: &str, span: &Range<usize>) -> Place {
        let start = boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = boundary(text, span.end).clamp(start, line_end);
        Place::File {
            name: name.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: printable(&hidden::without_secrets(text[line_start..line_end].trim_end())),
            width: text[start..end].trim_end().chars().count().max(1),
        }
    }

    /// The place of a span of bytes of a preset's file.
    pub(crate) fn in_preset(name: &str, text: &str, span: &Range<usize>) -> Place {
        match Place::in_file(name, text, span) {
            Place::File { name, line, column, text, width } => Place::Preset { name, line, column, text, width },
            other => other,
        }
    }

    /// Whether it is in a preset.
    pub(crate) fn is_preset(&self) -> bool {
        matches!(self, Place::Preset { .. })
    }
}

/// Whatever is in a file, it does not steer the terminal that a message is read on.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\t', "\u{fffd}")
}

fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The place in few words: `pool.toml:5:8`, `preset redigo:12:8`, the variable's name, `default`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { name, line, column, .. } => write!(f, "{name}:{line}:{column}"),
            Place::Preset { name, line, column, .. } => write!(f, "preset {name}:{line}:{column}"),
            Place::WholeFile { name } => f.write_str(name),
            Place::Variable { name, .. } => f.write_str(name),
            Place::Code { location, .. } => write!(f, "code at {location}"),
            Place::Default => f.write_str("default"),
        }
    }
}

/// As compilers print it, without a newline at the end.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.message)?;
        let margin = self.excerpt(f)?;
        for note in &self.notes {
            write!(f, "\n{:margin$} = {note}", "")?;
        }
        Ok(())
    }
}

impl Diagnostic {
    /// The place and its text; gives the width of the margin.
    fn excerpt(&self, f: &mut fmt::Formatter<'_>) -> Result<usize, fmt::Error> {
        match &self.place {
            Place::File { line, column, text, width, .. } | Place::Preset { line, column, text, width, .. } => {
                let number = line.to_string();
                let margin = number.len();
                write!(f, "\n{:margin$}--> {}\n{:margin$} |", "", self.place, "")?;
                if text.is_empty() {
                    return Ok(margin);
                }
                let (text, column, width) = window(text, column - 1, *width);
                write!(f, "\n{number} | {text}\n{:margin$} | {}{}", "", indent(&text, column), "^".repeat(width))?;
                Ok(margin)
            }
            Place::Variable { name, value, column, width } => {
                let (text, column, width) = window(&format!("{name}={value}"), column - 1, *width);
                write!(f, "\n --> environment variable {name}\n  |\n  | {text}")?;
                write!(f, "\n  | {}{}", " ".repeat(column), "^".repeat(width))?;
                Ok(1)
            }
            Place::Code { text, .. } => {
                write!(f, "\n --> {}\n  |\n  | {text}", self.place)?;
                Ok(1)
            }
            Place::WholeFile { .. } => {
                write!(f, "\n --> {}", self.place)?;
                Ok(1)
            }
            Place::Default => Ok(1),
        }
    }
}

/// A longer line is shown in part.
const WIDEST: usize = 160;

/// The part of a long line that is about a column: its text, and the column and width in it.
fn window(text: &str, column: usize, width: usize) -> (String, usize, usize) {
    if text.chars().count() <= WIDEST {
        return (text.to_owned(), column, width);
    }
    let skipped = column.saturating_sub(WIDEST / 2);
    let start = if skipped > 0 { "…" } else { "" };
    let part: String = text.chars().skip(skipped).take(WIDEST).collect();
    let end = if text.chars().count() > skipped + WIDEST { "…" } else { "" };
    let column = column - skipped + start.chars().count();
    (format!("{start}{part}{end}"), column, width.min(WIDEST.saturating_sub(column).max(1)))
}

/// Blank, as wide as the start of the line: tabs stay tabs, so that the caret is below its text.
fn indent(text: &str, characters: usize) -> String {
    let blank = |c: char| if c == '\t' { '\t' } else { ' ' };
    let mut indent: String = text.chars().take(characters).map(blank).collect();
    indent.extend(std::iter::repeat_n(' ', characters.saturating_sub(text.chars().count())));
    indent
}

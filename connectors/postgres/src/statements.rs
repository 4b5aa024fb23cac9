//! Prepared statements that a connection keeps.

use std::collections::HashMap;
use std::fmt;

use parking_lot::Mutex;
use tokio_postgres::{Client, Error, Statement};

use crate::wire::Ledger;

/// The prepared statements of one connection, up to a number.
pub(crate) struct Statements {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    statements: HashMap<String, (Statement, u64)>,
    /// Counts uses: the statement with the lowest was not used for longest.
    uses: u64,
}

impl Statements {
    pub(crate) fn new(most: usize) -> Statements {
        Statements { most, kept: Mutex::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.lock().statements.len()
    }

    pub(crate) fn clear(&self) {
        let gone = std::mem::take(&mut *self.kept.lock());
        drop(gone);
    }

    pub(crate) async fn prepare(&self, client: &Client, ledger: &Ledger, query: &str) -> Result<Statement, Error> {
        if ledger.is_deallocated() {
            // The server knows them no more, and nobody knows which it will.
            self.clear();
            return client.prepare(query).await;
        }
        if let Some(statement) = self.find(query) {
            return Ok(statement);
        }
        let statement = client.prepare(query).await?;
        self.keep(query, &statement);
        Ok(statement)
    }

    fn find(&self, query: &str) -> Option<Statement> {
        let mut kept = self.kept.lock();
        kept.uses += 1;
        let now = kept.uses;
        let (statement, used) = kept.statements.get_mut(query)?;
        *used = now;
        Some(statement.clone())
    }

    fn keep(&self, query: &str, statement: &Statement) {
        if self.most == 0 {
            return;
        }
        let mut kept = self.kept.lock();
        let used = kept.uses;
        let mut gone = kept.statements.insert(query.to_owned(), (statement.clone(), used));
        if kept.statements.len() > self.most {
            let oldest = kept.statements.iter().min_by_key(|(_, (_, used))| *used).map(|(query, _)| query.clone());
            gone = oldest.and_then(|query| kept.statements.remove(&query));
        }
        drop(kept);
        // Its end is sent to the server.
        drop(gone);
    }
}

impl fmt::Debug for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statements").field("kept", &self.len()).field("most", &self.most).finish()
    }
}

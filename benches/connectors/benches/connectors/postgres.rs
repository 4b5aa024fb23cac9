//! PostgreSQL.

use bb8_postgres::PostgresConnectionManager;
use clearpool_servers::Postgres;
use deadpool_postgres::ClientWrapper;
use pool_connector_postgres::{PostgresConnection, PostgresConnector, PostgresOptions};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};

use crate::database::{self, Database};
use crate::measured::Measured;
use crate::pools::Ask;

struct OfPostgres;

impl Database for OfPostgres {
    const NAME: &'static str = "postgres";
    const ASKING: &'static str = "SELECT a parameter from PostgreSQL, in one round trip";
    type Connector = PostgresConnector;
    type Deadpool = deadpool_postgres::Manager;
    type Bb8 = PostgresConnectionManager<NoTls>;

    fn connector() -> PostgresConnector {
        PostgresConnector::new(PostgresOptions::default()).expect("the addresses say the rest")
    }

    fn deadpool(url: &str) -> deadpool_postgres::Manager {
        deadpool_postgres::Manager::new(url.parse().expect("a good URL"), NoTls)
    }

    fn bb8(url: &str) -> PostgresConnectionManager<NoTls> {
        PostgresConnectionManager::new(url.parse().expect("a good URL"), NoTls)
    }
}

pub(crate) fn measure(measured: &mut Measured) {
    if !measured.wants(&database::names::<OfPostgres>()) {
        return;
    }
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let (url, direct) = (server.url(), server.address().to_string());
    database::measure::<OfPostgres>(measured, server.address(), |address| url.replace(&direct, &address.to_string()));
}

impl Ask for Client {
    async fn ask(&mut self) {
        select(self).await;
    }
}

impl Ask for ClientWrapper {
    async fn ask(&mut self) {
        select(self).await;
    }
}

impl Ask for PostgresConnection {
    async fn ask(&mut self) {
        select(self).await;
    }
}

async fn select(client: &Client) {
    let rows = client.query_typed("SELECT $1", &[(&7i32, Type::INT4)]).await.expect("PostgreSQL answers");
    assert_eq!(rows.first().map(|row| row.get::<_, i32>(0)), Some(7));
}

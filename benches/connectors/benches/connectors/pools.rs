//! Pools of connections, whoever made them: acquire, ask, give back.

use std::fmt::Debug;

use bb8::ManageConnection;
use clearpool_connector_benches::clock::Moment;
use clearpool_connector_benches::load::{Client, Took};
use deadpool::managed::{self, Manager};
use pool_acquire_fifo::Fifo;
use pool_connector_deadpool::DeadpoolConnection;
use pool_core::{Connector, Named, Policies};
use pool_tokio::{Pool, PoolBuilder};

use crate::measured::options;

/// A connection that can be asked something.
pub(crate) trait Ask: Send {
    /// One round trip.
    fn ask(&mut self) -> impl Future<Output = ()> + Send;
}

impl<M: Manager<Type: Ask>> Ask for DeadpoolConnection<M> {
    async fn ask(&mut self) {
        (**self).ask().await;
    }
}

/// A pool of ours.
pub(crate) struct Ours<C: Connector>(Pool<C>);

impl<C: Connector> Ours<C> {
    /// With so many connections, each of which is made at once. They are lent in turn, as those of the other pools are by
    /// their defaults: to ask one process of PostgreSQL again and again is another thing than to ask each of many.
    pub(crate) async fn warm(builder: PoolBuilder<C>, connections: usize) -> Ours<C> {
        let policies = Policies { acquire: Named::new("fifo", Box::new(Fifo)), ..Policies::plain() };
        let pool = builder.options(options(connections)).policies(policies).build().expect("sound");
        Ours::of(pool).await
    }

    pub(crate) async fn of(pool: Pool<C>) -> Ours<C> {
        pool.warm(pool.options().limits.max_open).await.expect("the server answers");
        Ours(pool)
    }
}

impl<C: Connector> Clone for Ours<C> {
    fn clone(&self) -> Ours<C> {
        Ours(self.0.clone())
    }
}

impl<C: Connector<Connection: Ask>> Client for Ours<C> {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        let mut lease = self.0.acquire().await.expect("the server answers");
        let began = Moment::now();
        lease.ask().await;
        drop(lease);
        Took { wait: Some(asked.until(began)), call: began.elapsed() }
    }
}

/// One of deadpool, as it comes: without time-outs.
pub(crate) struct Deadpool<M: Manager>(managed::Pool<M>);

impl<M: Manager<Type: Send, Error: Debug>> Deadpool<M> {
    pub(crate) async fn warm(manager: M, connections: usize) -> Deadpool<M> {
        let pool: managed::Pool<M> = managed::Pool::builder(manager).max_size(connections).build().expect("sound");
        let mut held = Vec::new();
        for _ in 0..connections {
            held.push(pool.get().await.expect("the server answers"));
        }
        Deadpool(pool)
    }
}

impl<M: Manager> Clone for Deadpool<M> {
    fn clone(&self) -> Deadpool<M> {
        Deadpool(self.0.clone())
    }
}

impl<M: Manager<Type: Ask, Error: Debug> + 'static> Client for Deadpool<M> {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        let mut object = self.0.get().await.expect("the server answers");
        let began = Moment::now();
        object.ask().await;
        drop(object);
        Took { wait: Some(asked.until(began)), call: began.elapsed() }
    }
}

/// One of bb8, without a check at each acquire, which would be another round trip.
pub(crate) struct Bb8<M: ManageConnection>(bb8::Pool<M>);

impl<M: ManageConnection> Bb8<M> {
    pub(crate) async fn warm(manager: M, connections: usize) -> Bb8<M> {
        let size = u32::try_from(connections).expect("a few");
        let builder = bb8::Pool::builder().max_size(size).min_idle(size).test_on_check_out(false);
        Bb8(builder.build(manager).await.expect("the server answers"))
    }
}

impl<M: ManageConnection> Clone for Bb8<M> {
    fn clone(&self) -> Bb8<M> {
        Bb8(self.0.clone())
    }
}

impl<M: ManageConnection<Connection: Ask>> Client for Bb8<M> {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        let mut connection = self.0.get().await.expect("the server answers");
        let began = Moment::now();
        connection.ask().await;
        drop(connection);
        Took { wait: Some(asked.until(began)), call: began.elapsed() }
    }
}

//! The queues: the table `queues`.

use std::collections::BTreeSet;

use sea_query::{Expr, ExprTrait, Order, Query};

use super::rows::{Row, number, text};
use super::{Database, DbError};

/// A queue of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// The higher, the earlier.
    pub priority: i64,
    /// Whether its jobs are scheduled.
    pub is_active: bool,
    /// The scheduler that places its jobs in external mode.
    pub policy: String,
}

/// Queues in which jobs wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// Those with any, reservations among them.
    pub waiting: BTreeSet<String>,
    /// Those with new reservations.
    pub reservations: BTreeSet<String>,
}

impl Database {
    /// The queues, the highest priority first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn queues(&mut self) -> Result<Vec<Queue>, DbError> {
        let query = Query::select()
            .exprs([
                text("queues", "queue_name"),
                number("queues", "priority"),
                text("queues", "state"),
                text("queues", "scheduler_policy"),
            ])
            .from("queues")
            .order_by(("queues", "priority"), Order::Desc)
            .order_by(("queues", "queue_name"), Order::Asc)
            .to_owned();
        let read = |row: &Row| {
            let is_active = row.text(2)?.as_deref() == Some("Active");
            Ok(Queue {
                name: row.text(0)?.unwrap_or_default(),
                priority: row.number(1)?.unwrap_or_default(),
                is_active,
                policy: row.text(3)?.unwrap_or_default(),
            })
        };
        self.select("reading the queues", &query, read).await
    }

    /// In which queues jobs wait.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn demand(&mut self) -> Result<Demand, DbError> {
        let query =
            "SELECT DISTINCT CAST(queue_name AS text), CAST(reservation AS text) FROM jobs WHERE state = 'Waiting'";
        let read = |row: &Row| Ok((row.text(0)?.unwrap_or_default(), row.text(1)?.as_deref() == Some("toSchedule")));
        let mut demand = Demand::default();
        for (queue, has_reservations) in self.rows("looking for queues in which jobs wait", query, read).await? {
            if has_reservations {
                demand.reservations.insert(queue.clone());
            }
            demand.waiting.insert(queue);
        }
        Ok(demand)
    }

    /// Takes a queue out of use: its jobs are not scheduled until an administrator says so.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn disable_queue(&mut self, queue: &str) -> Result<(), DbError> {
        let statement = Query::update()
            .table("queues")
            // PostgreSQL has a type of its own for these states in OAR 3: a word in the text fits both.
            .value("state", Expr::cust("'notActive'"))
            .and_where(Expr::col("queue_name").eq(queue))
            .to_owned();
        self.execute("taking a queue out of use", &statement).await
    }
}

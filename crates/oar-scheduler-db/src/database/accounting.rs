//! What was used and asked for: the table `accounting`.

use oar_scheduler_core::{Accounting, Time};
use sea_query::{Expr, ExprTrait, Func, Query};

use super::rows::{Row, text};
use super::{Database, DbError};
use crate::conf::{Server, Settings};

impl Database {
    /// The sums of each group of queues over the time that fair sharing looks back.
    pub(super) async fn accounting(
        &mut self,
        groups: &[Vec<String>],
        settings: &Settings,
        now: Time,
    ) -> Result<Vec<Accounting>, DbError> {
        // OAR 2 also counts the window that has not ended.
        let last = match settings.server {
            Server::Oar2 => "window_start",
            Server::Oar3 => "window_stop",
        };
        let query = Query::select()
            .exprs([
                text("accounting", "consumption_type"),
                text("accounting", "accounting_project"),
                text("accounting", "accounting_user"),
                text("accounting", "queue_name"),
                // A sum is a decimal number in PostgreSQL.
                Expr::from(Func::sum(Expr::col(("accounting", "consumption")))).cast_as("bigint"),
            ])
            .from("accounting")
            .and_where(Expr::col(("accounting", "queue_name")).is_in(groups.iter().flatten().map(String::as_str)))
            .and_where(Expr::col(("accounting", "window_start")).gte((now - settings.fairshare_window).0))
            .and_where(Expr::col(("accounting", last)).lt(now.0))
            .add_group_by([
                Expr::col(("accounting", "consumption_type")),
                Expr::col(("accounting", "accounting_project")),
                Expr::col(("accounting", "accounting_user")),
                Expr::col(("accounting", "queue_name")),
            ])
            .to_owned();
        let read = |row: &Row| {
            let key = [row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?].map(Option::unwrap_or_default);
            #[allow(clippy::cast_precision_loss)]
            let consumption = row.number(4)?.unwrap_or_default() as f64;
            Ok((key, consumption))
        };
        let mut of_groups = vec![Accounting::default(); groups.len()];
        for ([kind, project, user, queue], consumption) in self.select("reading the accounting", &query, read).await? {
            for (accounting, _) in of_groups.iter_mut().zip(groups).filter(|(_, queues)| queues.contains(&queue)) {
                let sums = match kind.as_str() {
                    "USED" => &mut accounting.used,
                    "ASKED" => &mut accounting.asked,
                    _ => continue,
                };
                sums.total += consumption;
                *sums.projects.entry(project.clone()).or_default() += consumption;
                *sums.users.entry(user.clone()).or_default() += consumption;
            }
        }
        Ok(of_groups)
    }
}

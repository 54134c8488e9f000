//! That nobody waits for a server that has vanished: it cannot stop what it takes too long for.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::time::timeout;

/// A connection's patience.
#[derive(Debug)]
pub(super) struct Watch {
    /// How long an answer may take; `None`: there is no server that could vanish.
    patience: Option<Duration>,
    /// Whether an answer did not come: what comes next could be it.
    is_lost: bool,
    /// How many statements were asked.
    pub statements: u64,
}

impl Watch {
    pub fn new(patience: Option<Duration>) -> Self {
        Self { patience, is_lost: false, statements: 0 }
    }

    /// The answer, if it comes in time. Who has not answered in time is not asked again.
    pub async fn limited<T>(&mut self, asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
        self.statements += 1;
        let Some(patience) = self.patience else { return asked.await };
        if self.is_lost {
            return Err(sqlx::Error::Io(ErrorKind::NotConnected.into()));
        }
        timeout(patience, asked).await.unwrap_or_else(|_| {
            self.is_lost = true;
            Err(sqlx::Error::Io(ErrorKind::TimedOut.into()))
        })
    }
}

//! How mail is sent.

use super::{Address, Conf, ConfError};

/// How mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// `MAIL_SMTP_SERVER`: the host, or host and port, of the server that takes it.
    pub server: Address,
    /// `MAIL_SENDER`: the address that it is from.
    pub sender: String,
}

impl Mail {
    /// The settings, if there are both.
    ///
    /// # Errors
    /// When the port is none.
    pub(super) fn of(conf: &Conf) -> Result<Option<Self>, ConfError> {
        let server = conf.typed("MAIL_SMTP_SERVER", "a host, or host:port", |text| match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => {
                let port = port.parse().ok().filter(|port| *port > 0)?;
                Some(Address { host: host.to_owned(), port })
            }
            _ => Some(Address { host: text.to_owned(), port: 25 }),
        })?;
        let sender = conf.get("MAIL_SENDER").map(str::to_owned);
        Ok(server.zip(sender).map(|(server, sender)| Self { server, sender }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    #[test]
    fn both_keys_are_needed() {
        let mail = |text: &str| Mail::of(&Conf::parse(Path::new("oar.conf"), text));
        let server = |text: &str| {
            let mail = mail(&format!("MAIL_SENDER=oar@example.org\nMAIL_SMTP_SERVER={text}")).unwrap().unwrap();
            (mail.server.host, mail.server.port)
        };
        assert_eq!(mail("MAIL_SMTP_SERVER=smtp").unwrap(), None);
        assert_eq!(mail("MAIL_SENDER=oar@example.org").unwrap(), None);
        assert_eq!(server("smtp.example.org"), ("smtp.example.org".to_owned(), 25));
        assert_eq!(server("smtp:2525"), ("smtp".to_owned(), 2525));
        assert_eq!(server("::1"), ("::1".to_owned(), 25));
        assert!(mail("MAIL_SMTP_SERVER=smtp:0").is_err());
    }
}

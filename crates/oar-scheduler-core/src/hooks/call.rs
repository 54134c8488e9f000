//! How a job names a plugin.

use super::HookError;
use crate::job::Job;
use crate::text::shortened;

/// A plugin with its arguments, as written in a job type: `NAME[:positional][:key=value]…`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PluginCall {
    /// The plugin's name.
    pub name: String,
    /// Positional arguments.
    pub args: Vec<String>,
    /// Keyword arguments, in order.
    pub kwargs: Vec<(String, String)>,
}

impl PluginCall {
    /// The plugin that a job names by a type `find` or `assign`, if it does.
    #[must_use]
    pub fn of(job: &Job, job_type: &str) -> Option<Self> {
        job.type_value(job_type).map(Self::parse).filter(|call| call.name != "default")
    }

    /// Reads the value of a type `find` or `assign`. `k=v` is a keyword (the value keeps further `=`); `=x` is positional.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split(':');
        let mut call = Self { name: parts.next().unwrap_or_default().to_owned(), ..Self::default() };
        for part in parts {
            match part.split_once('=') {
                Some((key, value)) if !key.is_empty() => call.kwargs.push((key.to_owned(), value.to_owned())),
                _ => call.args.push(part.to_owned()),
            }
        }
        call
    }

    /// A positional argument, counted from 0.
    #[must_use]
    pub fn argument(&self, index: usize) -> Option<&str> {
        self.args.get(index).map(String::as_str)
    }

    /// The value of a keyword argument; the last counts if it is given twice.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.kwargs.iter().rev().find(|(given, _)| given == key).map(|(_, value)| value.as_str())
    }

    /// Whether all arguments are such as the plugin knows: so many positional ones at most, and keywords of these names.
    ///
    /// # Errors
    /// What was expected, and the first argument that is not that.
    pub fn expect(&self, positional_max: usize, keywords: &[&str]) -> Result<(), HookError> {
        let positional = self.args.get(positional_max).cloned();
        let keyword = || self.kwargs.iter().find(|(key, _)| !keywords.contains(&key.as_str()));
        let Some(found) = positional.or_else(|| keyword().map(|(key, value)| format!("{key}={value}"))) else {
            return Ok(());
        };
        let positional = match positional_max {
            0 => None,
            1 => Some("one argument".to_owned()),
            _ => Some(format!("{positional_max} arguments")),
        };
        let keywords = Some(keywords).filter(|keywords| !keywords.is_empty());
        let keywords =
            keywords.map(|keywords| keywords.iter().map(|key| format!("{key}=…")).collect::<Vec<_>>().join(", "));
        let expected = match (positional, keywords) {
            (None, None) => "no arguments".to_owned(),
            (Some(positional), None) => format!("at most {positional}"),
            (None, Some(keywords)) => format!("no arguments but {keywords}"),
            (Some(positional), Some(keywords)) => format!("at most {positional}, and {keywords}"),
        };
        Err(HookError::Failed(format!("expected {expected}; found {:?}", shortened(&found, 60))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_looked_up_and_checked() {
        let call = PluginCall::parse("f:a:k=1:b:k=2");
        assert_eq!((call.argument(0), call.argument(1), call.argument(2)), (Some("a"), Some("b"), None));
        assert_eq!((call.value("k"), call.value("a")), (Some("2"), None));
        assert_eq!(call.expect(2, &["k"]), Ok(()));
        let problem = |text: &str, positional_max, keywords: &[&str]| {
            PluginCall::parse(text).expect(positional_max, keywords).unwrap_err().to_string()
        };
        assert_eq!(problem("f:a", 0, &[]), "expected no arguments; found \"a\"");
        assert_eq!(problem("f:a:b", 1, &[]), "expected at most one argument; found \"b\"");
        assert_eq!(problem("f:a:b=c", 2, &["k"]), "expected at most 2 arguments, and k=…; found \"b=c\"");
        assert_eq!(problem("f:b=c", 0, &["k", "l"]), "expected no arguments but k=…, l=…; found \"b=c\"");
    }

    #[test]
    fn plugin_calls_have_positional_and_keyword_arguments() {
        let call = |text| {
            let PluginCall { name, args, kwargs } = PluginCall::parse(text);
            (
                name,
                args.join("|"),
                kwargs.iter().map(|(key, value)| format!("{key}->{value}")).collect::<Vec<_>>().join("|"),
            )
        };
        let expect = |name: &str, args: &str, kwargs: &str| (name.to_owned(), args.to_owned(), kwargs.to_owned());
        assert_eq!(call("f"), expect("f", "", ""));
        assert_eq!(call("f:a:b=1:c=x=y:=z"), expect("f", "a|=z", "b->1|c->x=y"));
        assert_eq!(call("coorm:tcp:10.0.0.1:4242:timeout=5"), expect("coorm", "tcp|10.0.0.1|4242", "timeout->5"));
    }
}

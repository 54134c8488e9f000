//! What a line may hold: a round or a plan.

use std::borrow::Cow;
use std::fmt;

use oar_scheduler_core::{Plan, Snapshot};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Line, Problem};

/// A scheduling round as a file gives it.
#[derive(Debug)]
pub(crate) struct Round {
    /// Its name, if the line has one.
    pub name: Option<String>,
    pub snapshot: Snapshot,
    /// The plan that it should give, if the line has one.
    pub expected: Option<Plan>,
}

/// A plan as `oar-sim replay` prints it.
#[derive(Debug)]
pub(crate) struct NamedPlan {
    /// The name of the round, if it has one.
    pub name: Option<String>,
    pub plan: Plan,
}

#[derive(Deserialize)]
struct Example {
    #[serde(default)]
    name: Option<String>,
    snapshot: Snapshot,
    #[serde(default)]
    expected: Option<Plan>,
}

/// Reads a line with `snapshot` and perhaps `name` and `expected`, or a snapshot alone.
pub(crate) fn read_round(line: &Line) -> Result<Round, Problem> {
    let shape = Shape::of(&line.text);
    if shape.has_snapshot {
        let Example { name, snapshot, expected } = read(line)?;
        return Ok(Round { name, snapshot, expected });
    }
    Ok(Round { name: shape.name, snapshot: read(line)?, expected: None })
}

/// Reads a line with a plan.
pub(crate) fn read_plan(line: &Line) -> Result<NamedPlan, Problem> {
    Ok(NamedPlan { name: Shape::of(&line.text).name, plan: read(line)? })
}

/// Whether the line is the round of this name. Looks no further into it.
pub(crate) fn is_named(line: &Line, name: &str) -> bool {
    Shape::of(&line.text).name.as_deref() == Some(name)
}

fn read<'de, T: Deserialize<'de>>(line: &'de Line) -> Result<T, Problem> {
    let text = std::str::from_utf8(&line.text).map_err(|error| {
        let column = error.valid_up_to() + 1;
        let byte = line.text.get(error.valid_up_to()).copied().unwrap_or_default();
        Problem::new(&line.place, format_args!("at column {column}: expected UTF-8 text, found the byte 0x{byte:02x}"))
    })?;
    oar_scheduler_core::read_json(text.as_bytes()).map_err(|error| Problem::new(&line.place, error))
}

/// What can be said of a line without understanding it; of a damaged line, as far as it can be read.
#[derive(Debug, Default)]
struct Shape {
    name: Option<String>,
    has_snapshot: bool,
}

impl Shape {
    fn of(text: &[u8]) -> Self {
        let mut shape = Self::default();
        // What is wrong with the line is told when it is read.
        let _ = shape.deserialize(&mut serde_json::Deserializer::from_slice(text));
        shape
    }
}

impl<'de> DeserializeSeed<'de> for &mut Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Shape {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "snapshot" => self.has_snapshot = true,
                "name" => {
                    self.name = map.next_value::<serde_json::Value>()?.as_str().map(str::to_owned);
                    continue;
                }
                _ => {}
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

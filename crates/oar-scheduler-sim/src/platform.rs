//! The machine that a workload runs on.
//!
//! A description is YAML or JSON in one of three forms: a regular tree, its levels from outer to inner with how many blocks of each lie in a block of the
//! level above (`{switch: 2, node: 24, core: 16}`); several of them, side by side (`clusters: [{cluster: 1, node: 72, core: 12}, …]`); or the blocks of each
//! level, as in a snapshot (`hierarchy: {node: ["1-16", "17-32"], core: ["1", …]}`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use oar_scheduler_core::{Hierarchy, ProcSet, Resources};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The most resources that a machine may have.
const RESOURCES_MAX: u64 = 1 << 22;

/// A machine: resources in a hierarchy. A processor of the log is one resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Platform {
    /// As in a snapshot: all of them usable, of type `default`.
    pub resources: Resources,
}

/// A regular tree: levels from outer to inner, each with its number of blocks in a block of the level above.
type Tree = Vec<(String, u64)>;

impl Platform {
    /// A machine of so many resources, the blocks of level `core`.
    ///
    /// # Errors
    /// When there is none, or too many.
    pub fn of_cores(cores: u64) -> Result<Self, String> {
        Self::of_trees(&[vec![("core".to_owned(), cores)]])
    }

    /// How many resources there are.
    pub fn size(&self) -> u64 {
        self.resources.default.len()
    }

    /// The machine in words: how many blocks of each level, the levels of few blocks first.
    pub fn in_words(&self) -> String {
        let levels = self.resources.hierarchy.levels();
        let mut levels: Vec<(usize, &str)> = levels.map(|(name, blocks)| (blocks.len(), name)).collect();
        levels.sort_unstable();
        let levels: Vec<String> = levels.into_iter().map(|(blocks, name)| format!("{blocks} × {name}")).collect();
        levels.join(", ")
    }

    fn of_trees(trees: &[Tree]) -> Result<Self, String> {
        let mut hierarchy: BTreeMap<String, Vec<ProcSet>> = BTreeMap::new();
        let mut first = 1;
        for tree in trees {
            first += add_tree(tree, first, &mut hierarchy)?;
        }
        if first == 1 {
            return Err("expected at least one level such as `core: 64`, found none".to_owned());
        }
        Ok(Self::new(ProcSet::from_ranges([1..=u32::try_from(first - 1).unwrap_or(u32::MAX)]), &hierarchy))
    }

    fn of_blocks(hierarchy: &BTreeMap<String, Vec<ProcSet>>) -> Result<Self, String> {
        let all = ProcSet::from_ranges(hierarchy.values().flatten().flat_map(ProcSet::ranges));
        if all.is_empty() || all.len() > RESOURCES_MAX {
            return Err(format!("expected 1 to {RESOURCES_MAX} resources, found {}", all.len()));
        }
        Ok(Self::new(all, hierarchy))
    }

    fn new(all: ProcSet, hierarchy: &BTreeMap<String, Vec<ProcSet>>) -> Self {
        let resources = Resources {
            default: all.clone(),
            usable: all.clone(),
            suspendable: all,
            hierarchy: Hierarchy::new(hierarchy),
            ..Resources::default()
        };
        Self { resources }
    }
}

/// Adds the blocks of a tree whose resources begin with `first`, and returns how many resources there are.
fn add_tree(tree: &Tree, first: u64, hierarchy: &mut BTreeMap<String, Vec<ProcSet>>) -> Result<u64, String> {
    let size = tree.iter().try_fold(1_u64, |size, (_, count)| size.checked_mul(*count)).unwrap_or(u64::MAX);
    let size = if tree.is_empty() { 0 } else { size };
    if size == 0 || (first - 1).saturating_add(size) > RESOURCES_MAX {
        return Err(format!("expected 1 to {RESOURCES_MAX} resources, found {}", (first - 1).saturating_add(size)));
    }
    let mut names = BTreeSet::new();
    let mut block = size;
    for (name, count) in tree {
        if !names.insert(name) {
            return Err(format!("expected each level once, found `{name}` again"));
        }
        block /= count;
        let begins = (first..first + size).step_by(usize::try_from(block).unwrap_or(usize::MAX));
        let set = |begin: u64| {
            let (first, last) = (u32::try_from(begin), u32::try_from(begin + block - 1));
            ProcSet::from_ranges(first.ok().zip(last.ok()).map(|(first, last)| first..=last))
        };
        hierarchy.entry(name.clone()).or_default().extend(begins.map(set));
    }
    Ok(size)
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(FormVisitor)? {
            Form::Tree(tree) => Self::of_trees(&[tree]),
            Form::Clusters(trees) => Self::of_trees(&trees),
            Form::Blocks(blocks) => Self::of_blocks(&blocks),
        }
        .map_err(D::Error::custom)
    }
}

enum Form {
    Tree(Tree),
    Clusters(Vec<Tree>),
    Blocks(BTreeMap<String, Vec<ProcSet>>),
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "levels with their numbers of blocks such as `{node: 24, core: 16}`, or `clusters`, or `hierarchy`",
        )
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Form, A::Error> {
        let mut tree = Tree::new();
        let mut whole = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "clusters" => {
                    let trees: Vec<LevelsOf> = map.next_value()?;
                    whole = Some(Form::Clusters(trees.into_iter().map(|levels| levels.0).collect()));
                }
                "hierarchy" => whole = Some(Form::Blocks(map.next_value()?)),
                _ => tree.push((key, map.next_value()?)),
            }
        }
        match (whole, tree.first()) {
            (Some(whole), None) => Ok(whole),
            (Some(_), Some((level, _))) => Err(A::Error::custom(format!(
                "expected nothing beside `clusters` or `hierarchy`, found the level `{level}`"
            ))),
            (None, _) => Ok(Form::Tree(tree)),
        }
    }
}

/// The levels of a cluster, in the order of the file.
struct LevelsOf(Tree);

impl<'de> Deserialize<'de> for LevelsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(FormVisitor)? {
            Form::Tree(tree) => Ok(Self(tree)),
            _ => Err(D::Error::custom("expected the levels of a cluster, found `clusters` or `hierarchy` inside")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Result<Platform, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    fn blocks(platform: &Platform, level: &str) -> String {
        let blocks = platform.resources.hierarchy.blocks(level).unwrap_or_default().iter();
        blocks.map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_tree_is_written_from_outer_to_inner() {
        let found = platform("{switch: 2, node: 2, core: 3}").unwrap();
        assert_eq!(found.size(), 12);
        assert_eq!(blocks(&found, "switch"), "1-6,7-12");
        assert_eq!(blocks(&found, "node"), "1-3,4-6,7-9,10-12");
        assert_eq!(blocks(&found, "core"), "1,2,3,4,5,6,7,8,9,10,11,12");
        assert_eq!(found.in_words(), "2 × switch, 4 × node, 12 × core");
    }

    #[test]
    fn clusters_lie_side_by_side() {
        let found = platform("clusters:\n- {node: 1, core: 2}\n- node: 2\n  core: 1\n").unwrap();
        assert_eq!(blocks(&found, "node"), "1-2,3,4");
        assert_eq!(blocks(&found, "core"), "1,2,3,4");
    }

    #[test]
    fn blocks_may_be_listed_as_in_a_snapshot() {
        let found =
            platform(r#"{"hierarchy": {"node": ["10-11", "20-21"], "core": ["10", "11", "20", "21"]}}"#).unwrap();
        assert_eq!(found.size(), 4);
        assert_eq!(found.resources.default.to_string(), "10-11 20-21");
    }

    #[test]
    fn a_machine_of_cores_is_one_level() {
        assert_eq!(Platform::of_cores(3).unwrap(), platform("core: 3").unwrap());
    }

    #[test]
    fn what_is_not_a_machine_is_told() {
        for (text, part) in [
            ("{}", "1 to 4194304 resources, found 0"),
            ("{core: 0}", "1 to 4194304 resources, found 0"),
            ("{node: 4000000, core: 4000000}", "found 16000000000000"),
            ("{core: many}", "many"),
            ("{core: -3}", "-3"),
            ("[1, 2]", "expected mapping"),
            ("{clusters: [{core: 2}], core: 3}", "nothing beside `clusters`"),
            ("{clusters: [{hierarchy: {}}]}", "the levels of a cluster"),
            ("{clusters: []}", "at least one level"),
            ("{hierarchy: {core: []}}", "found 0"),
            ("{hierarchy: {core: [1..2]}}", "1..2"),
        ] {
            let problem = platform(text).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }
}

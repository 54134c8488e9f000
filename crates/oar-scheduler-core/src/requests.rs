//! What jobs ask for, made ready once for all that ask in the same way.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::gantt::Grain;
use crate::hierarchy::{Group, Shape, Size};
use crate::job::{Count, Moldable, Request, WaitingJob};
use crate::machine::{Machine, Machines};
use crate::procset::ProcSet;

/// The requests met so far in a round: of jobs that do not accept missing resources, and of those that do.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    without_missing: Known,
    whole: Known,
}

/// Those met on one machine.
#[derive(Debug, Default)]
struct Known {
    /// By filter, then by levels.
    kinds: BTreeMap<Filter, BTreeMap<Vec<(String, Count)>, Kind>>,
    /// By filter and the names of the levels.
    shapes: BTreeMap<(Filter, Vec<String>), Option<Arc<Shape>>>,
    /// How many kinds there are.
    known: u32,
}

/// What properties select; `None`: the default resources.
type Filter = Option<ProcSet>;

/// Requests of one group that differ in the count of the last level at most.
#[derive(Debug, Clone)]
struct Kind {
    number: u32,
    /// How they are matched on bits, if they are.
    shape: Option<Arc<Shape>>,
}

/// What an alternative asks for.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    pub groups: Vec<Group<'a>>,
    pub size: Size,
    /// What a place is on the timeline on which it is looked for.
    pub grain: Grain,
    /// How it is matched on the places of that timeline; otherwise it is matched on sets.
    pub shape: Option<Arc<Shape>>,
    /// Its kind and, within the kind, its count; none for several groups: on fewer resources they may fit better.
    pub kind: Option<(u32, u32)>,
    /// The kind of the same requests without a filter, if this one has a filter that selects nothing more.
    pub wider: Option<u32>,
}

impl Asking<'_> {
    /// It needs so many places at least.
    pub fn fewest(&self) -> u32 {
        match (&self.shape, self.groups.as_slice()) {
            (Some(_), [group]) => group.counts().iter().fold(1, |fewest: u32, count| fewest.saturating_mul(*count)),
            _ => u32::try_from(self.size.fewest.max(1)).unwrap_or(u32::MAX),
        }
    }
}

impl Requests {
    /// What an alternative of a job asks for; `None` when it makes no sense on the job's machine.
    pub fn asking<'a>(
        &mut self,
        waiting: &WaitingJob,
        moldable: &'a Moldable,
        machines: &'a Machines,
    ) -> Option<Asking<'a>> {
        let known =
            if waiting.accepts_missing && machines.differ() { &mut self.whole } else { &mut self.without_missing };
        known.asking(moldable, machines.of(waiting.accepts_missing))
    }
}

impl Known {
    fn asking<'a>(&mut self, moldable: &'a Moldable, machine: &'a Machine) -> Option<Asking<'a>> {
        let groups = machine.resolve(moldable).ok()?;
        let size = machine.size(moldable);
        let mut asking = Asking { groups, size, grain: Grain::Resource, shape: None, kind: None, wider: None };
        let ([request], [group]) = (moldable.requests.as_slice(), asking.groups.as_slice()) else {
            return Some(asking);
        };
        let (last, count) = request.levels.last()?;
        if count.0 > 0 {
            let mut levels = request.levels.clone();
            levels.iter_mut().next_back().into_iter().for_each(|(_, count)| *count = Count(0));
            let is_narrower = |filter: &ProcSet| filter.is_subset(&machine.default);
            let wider = match &request.filter {
                Some(_) => self.kinds.get(&None).and_then(|kinds| kinds.get(&levels)).map(|kind| kind.number),
                None => None,
            };
            let Kind { number, shape } = self.kind(request, levels, group);
            if shape.is_some() {
                asking.wider = wider.filter(|_| request.filter.as_ref().is_some_and(is_narrower));
                asking.grain = Grain::Block(last.clone());
                asking.kind = Some((number, u32::try_from(count.0).unwrap_or(u32::MAX)));
                asking.shape = shape;
                return Some(asking);
            }
        }
        asking.kind = Some((self.kind(request, request.levels.clone(), group).number, 0));
        Some(asking)
    }

    fn kind(&mut self, request: &Request, levels: Vec<(String, Count)>, group: &Group<'_>) -> Kind {
        if let Some(kind) = self.kinds.get(&request.filter).and_then(|kinds| kinds.get(&levels)) {
            return kind.clone();
        }
        let names = request.levels.iter().map(|(name, _)| name.clone()).collect();
        let shape = match group.places() {
            Some(_) => {
                let shape = self.shapes.entry((request.filter.clone(), names));
                shape.or_insert_with(|| Shape::of(group).map(Arc::new)).clone()
            }
            None => None,
        };
        let kind = Kind { number: self.known, shape };
        self.known += 1;
        self.kinds.entry(request.filter.clone()).or_default().insert(levels, kind.clone());
        kind
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::snapshot::Resources;
    use crate::units::{MoldableId, Seconds};

    /// Two switches of two nodes of four cores; pairs of cores across the nodes, and licenses that overlap.
    fn machines() -> Machines {
        let blocks = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<ProcSet>>();
        let levels: BTreeMap<String, Vec<ProcSet>> = [
            ("switch", blocks(&["1-8", "9-16"])),
            ("node", blocks(&["1-4", "5-8", "9-12", "13-16"])),
            ("core", (1..=16).map(|core| ProcSet::from_ranges([core..=core])).collect()),
            ("pair", blocks(&["4-5", "8-9"])),
            ("license", blocks(&["1-4", "4-8"])),
        ]
        .map(|(name, blocks)| (name.to_owned(), blocks))
        .into();
        let all: ProcSet = "1-16".parse().unwrap();
        let hierarchy = crate::hierarchy::Hierarchy::new(&levels);
        Machines::new(&Resources { default: all.clone(), usable: all, hierarchy, ..Resources::default() })
    }

    /// `filter: level=count/level=count + ...`, the filter being optional.
    fn moldable(text: &str) -> Moldable {
        let requests = text.split(" + ").map(|group| {
            let (filter, levels) = match group.split_once(": ") {
                Some((filter, levels)) => (Some(filter.parse().unwrap()), levels),
                None => (None, group),
            };
            let levels = levels.split('/').map(|level| {
                let (name, count) = level.split_once('=').unwrap();
                (name.to_owned(), Count(count.parse().unwrap()))
            });
            Request { filter, levels: levels.collect() }
        });
        Moldable { id: MoldableId(1), walltime: Seconds(60), requests: requests.collect() }
    }

    /// The kind and the count of a request, the level of its timeline (none: resources), and how many places it needs.
    type Told = (Option<(u32, u32)>, Option<String>, u32);

    fn known(requests: &mut Requests, machines: &Machines, text: &str) -> Told {
        let moldable = moldable(text);
        let asking = requests.asking(&WaitingJob::default(), &moldable, machines).unwrap();
        assert_eq!(asking.shape.is_some(), matches!(asking.grain, Grain::Block(_)));
        let level = match &asking.grain {
            Grain::Resource => None,
            Grain::Block(level) => Some(level.clone()),
        };
        (asking.kind, level, asking.fewest())
    }

    #[test]
    fn requests_of_a_kind_differ_in_the_last_count_only() {
        let (mut requests, machines) = (Requests::default(), machines());
        let mut kind = |text: &str| known(&mut requests, &machines, text).0.unwrap();
        for (text, others) in [
            ("node=1", ["node=2", "node=99"]),
            ("switch=1/core=1", ["switch=1/core=4", "switch=1/core=5"]),
            ("switch=1/node=2/core=1", ["switch=1/node=2/core=3", "switch=1/node=2/core=2"]),
            ("1-8: core=1", ["1-8: core=2", "1-8: core=7"]),
            // On sets, the count matters too.
            ("switch=1/pair=1", ["switch=1/pair=1", "switch=1/pair=1"]),
            ("license=1", ["license=1", "license=1"]),
            ("node=-1", ["node=-1", "node=-1"]),
        ] {
            assert!(others.iter().all(|other| kind(other).0 == kind(text).0), "{text}");
        }
        let different = [
            "core=1",
            "node=1",
            "switch=1/core=1",
            "switch=2/core=1",
            "node=1/core=1",
            "switch=1/node=1/core=1",
            "switch=1/node=2/core=1",
            "node=1/switch=1",
            "1-8: core=1",
            "1-7: core=1",
            "1-16: core=1",
            "1-8: node=1",
            "node=-1",
            "node=-2",
            "node=-3",
            "switch=-1/core=1",
            "switch=-1/core=2",
            "switch=1/core=-1",
            "switch=2/core=-1",
            "license=1",
            "license=2",
            "switch=1/pair=1",
            "switch=1/pair=2",
            "switch=2/pair=1",
            "1-8: license=1",
        ];
        let kinds: Vec<u32> = different.iter().map(|text| kind(text).0).collect();
        for (at, one) in kinds.iter().enumerate() {
            let same = kinds.iter().position(|other| other == one).unwrap();
            assert_eq!(same, at, "{} is of the kind of {}", different[at], different[same]);
        }
        // The count belongs to the kind where requests are matched on sets.
        assert_eq!([kind("core=3").1, kind("switch=2/core=5").1, kind("license=2").1, kind("node=-1").1], [3, 5, 0, 0]);
    }

    #[test]
    fn plain_requests_are_looked_for_on_their_last_level() {
        let (mut requests, machines) = (Requests::default(), machines());
        let mut of = |text: &str| {
            let (_, level, fewest) = known(&mut requests, &machines, text);
            (level.unwrap_or_default(), fewest)
        };
        let node = |fewest: u32| ("node".to_owned(), fewest);
        assert_eq!(of("node=3"), node(3));
        assert_eq!(of("switch=2/node=2"), node(4));
        assert_eq!(of("switch=2/node=1/core=3"), ("core".to_owned(), 6));
        // Resources, where they cannot be: how many are known beforehand.
        for (text, fewest) in [("license=2", 4), ("switch=1/pair=1", 1), ("node=-1", 4), ("node=1 + core=2", 6)] {
            assert_eq!(of(text), (String::new(), fewest), "{text}");
        }
        // The same with a plain request of the same levels before it.
        assert_eq!(
            [of("node=-1"), of("switch=1/node=-1"), of("switch=-1/node=1")].map(|(level, _)| level),
            ["", "", ""]
        );
    }

    #[test]
    fn of_several_groups_nothing_is_known() {
        let (mut requests, machines) = (Requests::default(), machines());
        for text in ["node=1 + node=1", "core=1 + 1-8: core=1"] {
            assert_eq!(known(&mut requests, &machines, text).0, None);
        }
    }

    #[test]
    fn shapes_are_made_once_for_all_counts() {
        let (mut requests, machines) = (Requests::default(), machines());
        let mut shape = |text: &str| {
            let moldable = moldable(text);
            requests.asking(&WaitingJob::default(), &moldable, &machines).unwrap().shape.unwrap()
        };
        let first = shape("switch=1/core=1");
        assert!(Arc::ptr_eq(&first, &shape("switch=2/core=3")));
        assert!(!Arc::ptr_eq(&first, &shape("1-8: switch=2/core=3")));
        assert!(!Arc::ptr_eq(&first, &shape("node=2/core=3")));
    }

    #[test]
    fn what_makes_no_sense_is_not_asked() {
        let (mut requests, machines) = (Requests::default(), machines());
        for text in ["rack=1", "node=0", "node=-4", "node=1 + rack=1"] {
            assert!(requests.asking(&WaitingJob::default(), &moldable(text), &machines).is_none(), "{text}");
        }
        assert!(
            requests
                .asking(&WaitingJob::default(), &Moldable { requests: Vec::new(), ..moldable("node=1") }, &machines)
                .is_none()
        );
        assert!(
            requests
                .asking(&WaitingJob::default(), &Moldable { walltime: Seconds(0), ..moldable("node=1") }, &machines)
                .is_none()
        );
    }
}

//! What jobs ask for, made ready once for all that ask in the same way.

use std::collections::HashMap;
use std::sync::Arc;

use crate::gantt::Grain;
use crate::hierarchy::{Group, Shape, Size};
use crate::job::{Count, Moldable, Request};
use crate::procset::ProcSet;
use crate::round::Site;

/// The requests met so far in a round.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// By filter, then by levels.
    kinds: HashMap<Filter, HashMap<Vec<(String, Count)>, Kind>>,
    /// By filter and the names of the levels.
    shapes: HashMap<(Filter, Vec<String>), Option<Arc<Shape>>>,
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
    /// What an alternative asks for; `None` when it makes no sense on this machine.
    pub fn asking<'a>(&mut self, moldable: &'a Moldable, site: &'a Site) -> Option<Asking<'a>> {
        let groups = site.resources.hierarchy.resolve(moldable, &site.resources.default).ok()?;
        let size = site.size(moldable);
        let mut asking = Asking { groups, size, grain: Grain::Resource, shape: None, kind: None };
        let ([request], [group]) = (moldable.requests.as_slice(), asking.groups.as_slice()) else {
            return Some(asking);
        };
        let (last, count) = request.levels.last()?;
        if count.0 > 0 {
            let mut levels = request.levels.clone();
            levels.iter_mut().next_back().into_iter().for_each(|(_, count)| *count = Count(0));
            let Kind { number, shape } = self.kind(request, levels, group);
            if shape.is_some() {
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

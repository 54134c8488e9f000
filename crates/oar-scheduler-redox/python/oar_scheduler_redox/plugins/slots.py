"""What is free when, as plugins of OAR 3 know it: a `SlotSet` of linked `Slot`s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from procset import ProcSet

from . import oar3
from .lookup import PluginFailure

NO_PLACEHOLDER = 0
PLACEHOLDER = 1
ALLOW = 2

MAX_TIME = 2**31


class Free(Protocol):
    """What is free over time, in spans that follow each other; how the engine shows it."""

    def spans(self) -> list[tuple[int, int]]:
        """The first and the last second of each span."""

    def free(self, span: int) -> ProcSet:
        """What is free in a span, counted from 0."""

    def shared(self, span: int) -> ProcSet:
        """What others hold and share with the job that asks."""

    def over(self, begin: int, end: int) -> ProcSet:
        """What is free in every second from `begin` to `end`."""


class Slot:
    """A span of time in which nothing changes.

    `b` and `e` are its first and last second, `itvs` what is free in it, `prev` and `next` the numbers of its neighbours, 0 where there is
    none. Of what others hold, `ts_itvs[user][name]` is open to timesharing jobs, and `ph_itvs[name]` to the jobs that the placeholder of that name
    allows. The engine fills them for an assigning plugin whose job is timesharing or allowed, with what that job may use; elsewhere they are empty.
    """

    def __init__(
        self,
        id: int,
        prev: int,
        next: int,
        itvs: Iterable[Any],
        b: int,
        e: int,
        ts_itvs: dict[str, dict[str, ProcSet]] | None = None,
        ph_itvs: dict[str, ProcSet] | None = None,
    ) -> None:
        self.id = id
        self.prev = prev
        self.next = next
        self.b = b
        self.e = e
        self._shown: tuple[_Shown, int] | None = None
        self._itvs = itvs if isinstance(itvs, ProcSet) else ProcSet(*itvs)
        self._ts_itvs = {} if ts_itvs is None else ts_itvs
        self._ph_itvs = {} if ph_itvs is None else ph_itvs

    @classmethod
    def _of(cls, shown: _Shown, span: int, id: int, b: int, e: int) -> Slot:
        """A slot that asks the engine for its resources when somebody looks."""
        slot = cls.__new__(cls)
        slot.id, slot.prev, slot.next, slot.b, slot.e = id, id - 1, id + 1, b, e
        slot._shown = (shown, span)
        return slot

    def _look(self) -> None:
        if self._shown is not None:
            shown, span = self._shown
            self._shown = None
            self._itvs, self._ts_itvs, self._ph_itvs = shown.look(span)

    @property
    def itvs(self) -> ProcSet:
        """What is free."""
        self._look()
        return self._itvs

    @itvs.setter
    def itvs(self, itvs: ProcSet) -> None:
        self._look()
        self._itvs = itvs

    @property
    def ts_itvs(self) -> dict[str, dict[str, ProcSet]]:
        """What is held by timesharing jobs and open to others, by user and name (`*`: any)."""
        self._look()
        return self._ts_itvs

    @ts_itvs.setter
    def ts_itvs(self, ts_itvs: dict[str, dict[str, ProcSet]]) -> None:
        self._look()
        self._ts_itvs = ts_itvs

    @property
    def ph_itvs(self) -> dict[str, ProcSet]:
        """What placeholders keep, by their names."""
        self._look()
        return self._ph_itvs

    @ph_itvs.setter
    def ph_itvs(self, ph_itvs: dict[str, ProcSet]) -> None:
        self._look()
        self._ph_itvs = ph_itvs

    def _behind(self, id: int, at: int) -> Slot:
        """Ends this slot before `at`, and gives a slot for what is behind."""
        behind = Slot.__new__(Slot)
        behind.__dict__.update(self.__dict__)
        behind.id, behind.prev, behind.b = id, self.id, at
        if self._shown is None:
            behind._itvs = self._itvs.copy()
            behind._ts_itvs = {user: {name: itvs.copy() for name, itvs in names.items()} for user, names in self._ts_itvs.items()}
            behind._ph_itvs = {name: itvs.copy() for name, itvs in self._ph_itvs.items()}
        self.next, self.e = id, at - 1
        return behind

    def _take(self, job: Any) -> None:
        self.itvs = self.itvs - job.res_set
        if getattr(job, "ts", False):
            names = self.ts_itvs.setdefault(job.ts_user, {})
            names[job.ts_name] = names.get(job.ts_name, ProcSet()) | job.res_set
        placeholder = getattr(job, "ph", NO_PLACEHOLDER)
        if placeholder != NO_PLACEHOLDER:
            kept = self.ph_itvs.get(job.ph_name, ProcSet())
            self.ph_itvs[job.ph_name] = kept | job.res_set if placeholder == PLACEHOLDER else kept - job.res_set

    def _give_back(self, job: Any) -> None:
        self.itvs = self.itvs | job.res_set

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("id", "prev", "next", "itvs", "b", "e", "ts_itvs", "ph_itvs")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._shown = None
        for name, value in state.items():
            setattr(self, name, value)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return oar3.pickled("Slot", self.__getstate__()) or super().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        return f"Slot(id={self.id}, prev={self.prev}, next={self.next}, itvs={self.itvs}, b={self.b}, e={self.e})"


class _Shown:
    """How the slots of a set get their resources from the engine."""

    def __init__(self, free: Free, ts: tuple[str, str] | None, ph: str | None) -> None:
        self.engine = free
        self.ts = ts
        self.ph = ph

    def look(self, span: int) -> tuple[ProcSet, dict[str, dict[str, ProcSet]], dict[str, ProcSet]]:
        shared = self.engine.shared(span) if self.ts is not None or self.ph is not None else ProcSet()
        ts = {self.ts[0]: {self.ts[1]: shared}} if self.ts is not None else {}
        return self.engine.free(span), ts, ({self.ph: shared} if self.ph is not None else {})


class SlotSet:
    """The free resources of the machine, or of a container, over time.

    `slots` has the slots by number; the first has number 1. `begin` and `end` are the first and the last second. `cache` is for whoever wants to keep
    something while the plugin works.

    A plugin gets a set that shows what the engine's timeline shows at that moment; resources are fetched when somebody looks at a slot. What the
    plugin changes in it, the engine takes as its answer.
    """

    def __init__(self, slots: Any) -> None:
        """From slots by number, from a single slot, or from what is free from a second on: `SlotSet((itvs, begin))`."""
        if isinstance(slots, tuple):
            itvs, begin = slots
            slots = Slot(1, 0, 0, itvs, begin, MAX_TIME)
        self.slots: dict[int, Slot] = {1: slots} if not isinstance(slots, dict) else slots
        self.cache: dict[Any, Any] = {}
        self._last_id = max(self.slots, default=0)
        first, last = self.first(), self.last()
        self.begin = first.b if first else 0
        self.end = last.e if last else 0

    @classmethod
    def _of(cls, free: Free, ts: tuple[str, str] | None = None, ph: str | None = None) -> SlotSet:
        """What the engine shows; `ts` and `ph` say to whom what is shared belongs."""
        shown = _Shown(free, ts, ph)
        slots = {id: Slot._of(shown, id - 1, id, b, e) for id, (b, e) in enumerate(free.spans(), 1)}
        if slots:
            slots[len(slots)].next = 0
        return cls(slots)

    def first(self) -> Slot | None:
        """The first slot."""
        first = self.slots.get(1)
        if first is not None and first.prev == 0:
            return first
        return next((slot for slot in self.slots.values() if slot.prev == 0), None)

    def last(self) -> Slot | None:
        """The last slot."""
        return next((slot for slot in reversed(self.slots.values()) if slot.next == 0), None)

    def traverse_id(self, start: int = 0, end: int = 0) -> Iterator[Slot]:
        """The slots in order of time, from number `start` to number `end`; 0: the first, the last. Nothing when there is no slot of that number.

        Raises `PluginFailure` when they are linked in a circle.
        """
        if (start and start not in self.slots) or (end and end not in self.slots):
            return
        slot = self.slots[start] if start else self.first()
        if slot is None:
            return
        walked = {slot.id}
        while slot is not None:
            yield slot
            if slot.id == end:
                return
            following = self.slots.get(slot.next)
            # Whoever has the slots may link them as it likes: the walk must end all the same.
            if following is not None and slot.next in walked:
                raise PluginFailure(f"the slots are linked in a circle: after slot {slot.id} comes slot {slot.next} again")
            walked.add(slot.next)
            slot = following

    def traverse_with_width(self, width: int, start_id: int = 0, end_id: int = 0) -> Iterator[tuple[Slot, Slot]]:
        """For each slot the first one at whose end `width` seconds have passed since it began, as long as there is one."""
        if width <= 0:
            raise ValueError(f"expected a positive number of seconds, found {width}")
        ends = self.traverse_id(start_id, end_id)
        end = next(ends, None)
        for begin in self.traverse_id(start_id, end_id):
            while end is not None and (end.e < begin.e or end.e - begin.b + 1 < width):
                end = next(ends, None)
            if end is None:
                return
            yield begin, end

    def slot_id_at(self, date: int, starting_id: int = 0) -> int:
        """The number of the slot of a second; 0: it is not in the set. Slots before `starting_id` are not looked at."""
        return next((slot.id for slot in self.traverse_id(starting_id) if slot.b <= date <= slot.e), 0)

    def get_encompassing_slots(self, t_begin: int, t_end: int, first_id: int | None = None) -> tuple[int, int]:
        """The numbers of the slots of two seconds; of the last slot for what is behind it."""
        left = right = 0
        for slot in self.traverse_id(first_id or 0):
            if not left and (slot.e >= t_begin or slot.next == 0):
                left = slot.id
            if left and (slot.e >= t_end or slot.next == 0):
                right = slot.id
                break
        return left, right

    def split_slots(self, sid_left: int, sid_right: int, job: Any, sub: bool = True) -> None:
        """Takes `job.res_set` away from `job.start_time` on for `job.walltime` seconds, as far as the slots from `sid_left` to `sid_right` reach.

        Without `sub` gives it back.
        """
        behind = job.start_time + job.walltime
        left = self._cut(sid_left, job.start_time)
        right = left if sid_left == sid_right else sid_right
        self._cut(right, behind)
        for slot in self.traverse_id(left, right):
            if sub:
                slot._take(job)
            else:
                slot._give_back(job)

    def split_slots_jobs(self, ordered_jobs: Iterable[Any], sub: bool = True) -> None:
        """The same for several jobs, wherever they are."""
        for job in ordered_jobs:
            last_second = job.start_time + job.walltime - 1
            if job.start_time <= self.end and last_second >= max(self.begin, job.start_time):
                left, right = self.get_encompassing_slots(job.start_time, last_second)
                self.split_slots(left, right, job, sub)

    def show_slots(self) -> None:
        """Prints the slots."""
        print(self)

    def _cut(self, id: int, at: int) -> int:
        """Makes a slot begin at `at`, if that is inside the slot of this number; gives the number of the one that begins there, or else `id`."""
        slot = self.slots[id]
        if not slot.b < at <= slot.e:
            return id
        self._last_id += 1
        behind = slot._behind(self._last_id, at)
        self.slots[behind.id] = behind
        if behind.next in self.slots:
            self.slots[behind.next].prev = behind.id
        return behind.id

    def _changes(self, engine: Free) -> tuple[list[tuple[int, int, ProcSet]], ProcSet]:
        """What was taken away when of what the engine shows, and what was given back at all."""
        taken: list[tuple[int, int, ProcSet]] = []
        given = ProcSet()
        for slot in self.traverse_id():
            if slot._shown is not None and slot._shown[0].engine is engine:
                continue
            if not isinstance(slot.itvs, ProcSet):
                raise PluginFailure(f"itvs of slot {slot.id}: expected a ProcSet of resources, found a {type(slot.itvs).__name__}")
            free = engine.over(slot.b, slot.e)
            missing = free - slot.itvs
            given |= slot.itvs - free
            if taken and missing and taken[-1][1] == slot.b - 1 and taken[-1][2] == missing:
                taken[-1] = (taken[-1][0], slot.e, missing)
            elif missing:
                taken.append((slot.b, slot.e, missing))
        return taken, given

    def __getstate__(self) -> dict[str, Any]:
        return {"slots": self.slots, "last_id": self._last_id, "begin": self.begin, "end": self.end, "cache": self.cache}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["slots"])  # type: ignore[misc]
        self.cache = state["cache"]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return oar3.pickled("SlotSet", self.__getstate__()) or super().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        return "\n".join(str(slot) for slot in self.traverse_id())

"""Tasks and workflows for the tests."""

from pydra.compose import python, shell, workflow


@python.define
def AddTwo(a: int) -> int:
    return a + 2


@python.define
def Multiply(a: int, b: int) -> int:
    return a * b


@python.define
def Total(numbers: list[int]) -> int:
    return sum(numbers)


@python.define
def Refuse(a: int) -> int:
    raise ValueError(f"no task for {a}")


@python.define
def Wait(seconds: float, began: str) -> float:
    """Leaves a file when it begins, with the job that it is in."""
    import os
    import time
    from pathlib import Path

    file = Path(began)
    again = file.exists()
    with file.open("a") as out:
        print(os.environ.get("OAR_JOB_ID"), file=out)
    if not again:
        time.sleep(seconds)
    return seconds


@python.define
def Leave(status: int) -> int:
    import sys

    sys.exit(status)


@python.define
def LeaveOnce(seconds: float, began: str) -> float:
    """Works for a while and then asks OAR to be run again; the second time, it has nothing to do."""
    import os
    import sys
    import time
    from pathlib import Path

    file = Path(began)
    again = file.exists()
    with file.open("a") as out:
        print(os.environ.get("OAR_JOB_ID"), file=out)
    if not again:
        time.sleep(seconds)
        sys.exit(99)
    return seconds


@python.define
def Environment(name: str) -> str:
    import os

    return os.environ.get(name, "")


Echo = shell.define("echo <text:str>")


@workflow.define
def Example(a: int) -> int:
    add = workflow.add(AddTwo(a=a))
    return add.out


@workflow.define
def Inner(a: int, b: int) -> int:
    add = workflow.add(AddTwo(a=a))
    product = workflow.add(Multiply(a=add.out, b=b))
    return product.out


@workflow.define
def Outer(a: int) -> int:
    inner = workflow.add(Inner(a=a, b=3))
    last = workflow.add(AddTwo(a=inner.out))
    return last.out


@workflow.define
def Sums(numbers: list[int]) -> int:
    each = workflow.add(AddTwo().split(a=numbers).combine("a"))
    total = workflow.add(Total(numbers=each.out))
    return total.out


@workflow.define
def OneRefuses(a: int) -> int:
    refused = workflow.add(Refuse(a=a))
    after = workflow.add(AddTwo(a=refused.out))
    return after.out

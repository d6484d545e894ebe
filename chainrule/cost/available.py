"""How much memory this process may still take."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from ..declared import checked

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")


@checked
def available_memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> int | None:
    """Bytes: what the machine has free or can free, or what is left of a limit that is lower:
    of the control group (versions 1 and 2) and of the address space. None where nobody says.

    >>> available = available_memory()
    >>> available is None or available > 0
    True
    """
    left = [_of_machine(proc), _of_address_space(proc)]
    left += [_of_group(folder) for folder in _groups(proc, cgroups)]
    known = [max(0, each) for each in left if each is not None]
    return min(known) if known else None


def resident_memory(proc: Path = PROC) -> int:
    """Bytes of memory that the process has now, without the pages of files that are mapped, such as
    decoded images, which the system can drop; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        _, resident, shared, *_ = map(int, (proc / "self/statm").read_text().split())
        return max(0, resident - shared) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _of_machine(proc: Path) -> int | None:
    with contextlib.suppress(OSError):
        found = re.search(r"^MemAvailable:\s*(\d+) kB", (proc / "meminfo").read_text(), re.M)
        return int(found[1]) * 1024 if found else None
    with contextlib.suppress(OSError, ValueError, AttributeError):  # not Linux
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _of_address_space(proc: Path) -> int | None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return None
        used = int((proc / "self/statm").read_text().split()[0])
        return limit - used * os.sysconf("SC_PAGE_SIZE")
    return None


def _groups(proc: Path, cgroups: Path) -> list[Path]:
    """The folders that may limit this process: the root's (a container's own) and its own."""
    folders = [cgroups, cgroups / "memory"]
    with contextlib.suppress(OSError):
        for line in (proc / "self/cgroup").read_text().splitlines():
            controllers, _, path = line.partition(":")[2].partition(":")
            if controllers in ("", "memory"):
                top = cgroups / "memory" if controllers else cgroups
                folders.append(top / path.lstrip("/"))
    return folders


def _of_group(folder: Path) -> int | None:
    """What is left of a group's limit; pages of files that it read can be dropped again."""
    names = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
    for limit, usage in names:
        with contextlib.suppress(OSError, ValueError):
            most, used = (int((folder / name).read_text()) for name in (limit, usage))
            return most - used + _droppable(folder)
    return None


def _droppable(folder: Path) -> int:
    """Pages of files: those of images that are read in every epoch are active, and go as well."""
    with contextlib.suppress(OSError):
        text = (folder / "memory.stat").read_text()
        found = re.findall(r"^(?:total_)?(inactive_file|active_file|file_dirty) (\d+)", text, re.M)
        pages = {kind: int(count) for kind, count in found}  # the totals come last
        files = pages.get("inactive_file", 0) + pages.get("active_file", 0)
        return max(0, files - pages.get("file_dirty", 0))
    return 0

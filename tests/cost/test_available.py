"""Free memory, as the system and its control groups tell it."""

from __future__ import annotations

import pytest

from chainrule.cost.available import available_memory, resident_memory

MEMINFO = "MemTotal: 64000 kB\nMemFree: 1000 kB\nMemAvailable: 50000 kB\n"


@pytest.fixture
def machine(tmp_path):
    """A machine with 50,000 KiB available, and a place for control groups."""
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    groups.mkdir()
    (proc / "meminfo").write_text(MEMINFO)
    (proc / "self/statm").write_text("100 50 0 0 0 0 0")
    return proc, groups


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def test_without_a_limit_it_is_the_machines(machine):
    assert available_memory(*machine) == 50_000 * 1024


def test_a_group_of_version_2(machine):
    _, groups = machine
    stat = "anon 5\ninactive_file 1000\n"
    write(groups, memory__max=9000, memory__current=4000, memory__stat=stat)
    assert available_memory(*machine) == 9000 - 4000 + 1000


def test_pages_of_images_that_are_read_again_and_again_can_be_dropped(machine):
    _, groups = machine
    stat = "anon 5\nfile 9\nfile_dirty 300\ninactive_file 1000\nactive_file 2500\n"
    write(groups, memory__max=9000, memory__current=8000, memory__stat=stat)
    assert available_memory(*machine) == 9000 - 8000 + 1000 + 2500 - 300


def test_a_group_of_version_1(machine):
    _, groups = machine
    folder = groups / "memory"
    write(folder, memory__limit_in_bytes=9000, memory__usage_in_bytes=4000)
    assert available_memory(*machine) == 5000


def test_no_limit_in_a_group_is_none(machine):
    _, groups = machine
    write(groups, memory__max="max", memory__current=4000)
    assert available_memory(*machine) == 50_000 * 1024


def test_the_group_that_the_process_is_in(machine):
    proc, groups = machine
    write(groups / "user.slice/job", memory__max=3000, memory__current=1000)
    (proc / "self/cgroup").write_text("0::/user.slice/job\n")
    assert available_memory(*machine) == 2000


def test_a_group_that_is_full_has_nothing_left(machine):
    _, groups = machine
    write(groups, memory__max=3000, memory__current=4000)
    assert available_memory(*machine) == 0


def test_here_and_now():
    available = available_memory()
    assert available is None or available > 0
    assert resident_memory() >= 0

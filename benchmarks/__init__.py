"""Measurements that need a checkout: they run for minutes to hours, start whole programs, kill or
change them, and use the tests. Each is ``python -m benchmarks.NAME`` and writes its JSON file into
``results/``.

What a user can measure after ``pip install`` is `chainrule.bench`, the command ``chainrule bench``:
the speed of steps, layers and kernels on their machine. Records, statistics and stopwatch are those
of that package.
"""

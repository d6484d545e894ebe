"""What forked processes and threads compute, beside what their parent computed.

Run by ``test_forks.py`` in a process of its own, with the name of a kind. Prints "ok" at the end.
A hang is ended by the test's time-out.
"""

from __future__ import annotations

import functools
import hashlib
import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np

import chainrule as cr
from chainrule import kernels
from chainrule.layers import named_parameters
from chainrule.losses import SoftmaxCrossEntropy

RNG = np.random.default_rng(0)
IMAGES = RNG.random((16, 32, 32, 3), np.float32)
LABELS = RNG.integers(0, 10, 16)
NETS = ("vgg", "mlp")
FORK = multiprocessing.get_context("fork")


def model_of(net: str) -> cr.layers.Sequential:
    if net == "mlp":
        return cr.models.mlp(3072, (128, 64), 10, norm="batch").init(1)
    # Maps of 16 x 32 x 32 x 16: large enough for loops on all threads, and for shared products.
    return cr.models.vgg((32, 32, 3), 10, blocks=((16,), (16,)), hidden=(32,)).init(0)


def answer(net: str) -> str:
    """A digest of predictions and of the weights after a step of training."""
    model, optimizer, loss = model_of(net), cr.optim.Adam(1e-3), SoftmaxCrossEntropy()
    digest = hashlib.sha256(model(IMAGES).tobytes())
    logits, caches = model.forward(IMAGES)
    _, dlogits = loss(logits, LABELS)
    model.backward_parameters(dlogits, caches)
    optimizer.step(named_parameters(model))
    for _, parameter in named_parameters(model):
        digest.update(parameter.value.tobytes())
    return digest.hexdigest()


def answers(_: object = None) -> list[str]:
    return [answer(net) for net in NETS]


def in_fork(body: Callable[[], object]) -> object:
    """What ``body`` returns in a child by a bare os.fork(), or its traceback."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "w") as stream:
                try:
                    stream.write(repr(body()))
                    status = 0
                except BaseException:
                    stream.write(traceback.format_exc())
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"status {status}: {told}"
    return eval(told)  # the repr that was written above


def in_thread(body: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(body).result()


def once(expected: list[str]) -> None:
    assert in_fork(answers) == expected


def again_in_the_parent(expected: list[str]) -> None:
    once(expected)
    assert answers() == expected
    once(expected)


def pool(expected: list[str]) -> None:
    with FORK.Pool(2) as workers:
        assert workers.map(answers, range(4), 1) == [expected] * 4


def executor(expected: list[str]) -> None:
    with ProcessPoolExecutor(2, mp_context=FORK) as workers:
        assert list(workers.map(answers, range(4))) == [expected] * 4


def spawned(expected: list[str], method: str) -> None:
    with multiprocessing.get_context(method).Pool(2) as workers:
        assert workers.map(answers, range(2), 1) == [expected] * 2


def loader(expected: list[str]) -> None:
    """As data loaders do: forked workers send batches while the parent computes."""
    queue = FORK.SimpleQueue()

    def work(part: int) -> None:
        for i in range(3):
            queue.put((part, i, answer("vgg")))

    workers = [FORK.Process(target=work, args=(part,), daemon=True) for part in range(2)]
    for worker in workers:
        worker.start()
    for _ in range(6):
        assert queue.get()[2] == expected[0]
        assert answer("vgg") == expected[0]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0


def from_a_thread(expected: list[str]) -> None:
    assert in_thread(lambda: in_fork(answers)) == expected
    assert in_thread(lambda: (answers(), in_fork(answers))) == (expected, expected)


def threads_in_the_child(expected: list[str]) -> None:
    def body() -> list[list[str]]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(answers, range(4)))

    assert in_fork(body) == [expected] * 4


def grandchildren(expected: list[str]) -> None:
    assert in_fork(lambda: in_fork(answers)) == expected
    assert in_fork(lambda: (answers(), in_fork(lambda: (answers(), in_fork(answers))))) == (
        expected,
        (expected, expected),
    )


def daemonized(expected: list[str]) -> None:
    """A grandchild whose parent has ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.write(writing, repr(answers()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        assert stream.read() == repr(expected)


def threads(expected: list[str]) -> None:
    for count in (2, 8):
        with ThreadPoolExecutor(count) as pool:
            assert list(pool.map(answers, range(count))) == [expected] * count


def fork_beside_busy_threads(expected: list[str]) -> None:
    """Forks at any moment of what other threads compute, compile or allocate."""
    over = threading.Event()

    def busy(net: str) -> None:
        while not over.is_set():
            assert answer(net) == expected[NETS.index(net)]

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(busy, net) for net in NETS]
        try:
            for _ in range(int(os.environ.get("FORKS", "6"))):
                assert in_fork(answers) == expected
        finally:
            over.set()
        for future in running:
            future.result()


def first_use() -> list[float]:
    x = np.full(1 << 18, 2, np.float32)  # so large that all threads serve it
    return [float(kernels.of(x).add(x, x)[0]), float(kernels.of(x).relu(x)[-1])]


def fork_beside_first_use(expected: None) -> None:
    """The parent never computed: a thread imports and compiles while the process forks."""
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(first_use)
        forks = 0
        while not first.done() or not forks:
            assert in_fork(first_use) == [4.0, 2.0]
            forks += 1
        assert first.result() == [4.0, 2.0]


def preload(expected: None) -> None:
    """As a server that loads the model, then forks, and never computes itself."""
    models = [model_of(net) for net in NETS]
    assert all(model.initialized for model in models)
    told = [in_fork(answers) for _ in range(2)]
    assert told == [answers()] * 2


def forks(expected: list[str]) -> None:
    for kind in (
        once,
        again_in_the_parent,
        from_a_thread,
        threads_in_the_child,
        grandchildren,
        daemonized,
    ):
        kind(expected)


def pools(expected: list[str]) -> None:
    for kind in (pool, executor, loader):
        kind(expected)


def without_a_pool_to_close(expected: list[str]) -> None:
    """As with OpenMP from before GCC 9: loops of a child run on one thread."""
    from chainrule.kernels.cpu import threads

    vars(threads)["SOFT"] = "no number"  # omp_pause_resource_all cannot be called
    for kind in (once, from_a_thread, grandchildren):
        kind(expected)


KINDS: dict[str, Callable[..., None]] = {
    kind.__name__: kind
    for kind in (
        forks,
        pools,
        without_a_pool_to_close,
        threads,
        fork_beside_busy_threads,
        fork_beside_first_use,
        preload,
    )
}
KINDS |= {name: functools.partial(spawned, method=name) for name in ("spawn", "forkserver")}
COLD = ("fork_beside_first_use", "preload")


if __name__ == "__main__":
    name = sys.argv[1]
    KINDS[name](None if name in COLD else answers())
    print("ok")

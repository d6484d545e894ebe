"""What a timeline records, and that a training without one records nothing."""

import json

import pytest

import chainrule as cr
from chainrule.distributed.timeline import OFF, Timeline
from tests.distributed.ranks import run


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(range(40))


def trained(group, digits, timeline=None):
    trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (6,), 10).init(0), group=group)
    if timeline is not None:
        trainer.replica.record(timeline)
    trainer.fit(digits, epochs=2, batch_size=20)
    return trainer


def test_a_training_without_a_timeline_records_nothing(digits):
    run(2, lambda group: trained(group, digits))
    assert OFF.events == []


def test_a_timeline_has_the_passes_and_the_messages_of_each_rank(digits, tmp_path):
    file = tmp_path / "trace.json"

    def job(group):
        timeline = Timeline(group)
        trained(group, digits, timeline)
        timeline.write(file)
        return timeline.seconds()

    for seconds in run(2, job):
        assert {"batch", "forward", "backward", "update", "all-reduce 0"} <= set(seconds)
        assert min(seconds.values()) >= 0
    spans = [e for e in json.loads(file.read_text())["traceEvents"] if e["ph"] == "X"]
    for rank in range(2):
        names = [e["name"] for e in spans if e["pid"] == rank]
        assert names.count("forward") == names.count("backward") == names.count("update") == 4
    for span in spans:
        assert (span["tid"] == 1) == (span["cat"] == "communication")

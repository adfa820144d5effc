"""The soak program, with the model itself as its hosts: it counts, goes on where it was, and ends at a difference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import soak
from tests.suites.hostile import Call, Result
from tests.support.hosts import HOSTS, Answers, Example, Send

ARGUMENTS = ["--example", "vault", "--calls", "700", "--round", "300", "--seed", "5"]
ROUNDS = ["vault 5 300", "vault 6 300", "vault 7 100"]


class Model:
    """Hosts that answer as the model does, but `liar` with a wrong status to the last call of its round `lie`."""

    def __init__(self, liar: str = "", lie: int = 0, stop_at: int = 99) -> None:
        self.liar, self.lie, self.stop_at = liar, lie, stop_at
        self.sent = dict.fromkeys(HOSTS, 0)

    def make(self, example: Example) -> dict[str, Send]:
        interface = example.interface()

        def host(name: str) -> Send:
            def send(calls: Sequence[Call], _scratch: Path) -> Answers:
                self.sent[name] += 1
                if self.sent[name] == self.stop_at:
                    raise KeyboardInterrupt
                handlers = example.model()
                results: list[Result] = []
                traces = []
                for call in calls:
                    answer = interface.answer(
                        handlers, call.code, call.request, call.out, call.access
                    )
                    out = answer.reply + call.out[len(answer.reply) :]
                    status = interface.statuses[answer.status][:2]
                    results.append((*status, len(answer.reply), None if out == call.out else out))
                    traces += [answer.trace] if answer.trace else []
                if name == self.liar and self.sent[name] == self.lie:
                    results[-1] = (0xC0000001, *results[-1][1:])
                return Answers(results, traces)

            return send

        return {name: host(name) for name in HOSTS}


def run(model: Model, kept: Path, *more: str, key: str = "key") -> int:
    options = soak.parse([*ARGUMENTS, *more])
    return soak.run(options, model.make, soak.Kept(str(kept), key))


def test_a_run_counts_and_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "soak.md"
    assert run(Model(), tmp_path / "kept.json", "--write", str(page)) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.rpartition(",")[0] for line in said] == [
        "vault: 300 of 700 calls, seed 5",
        "vault: 600 of 700 calls, seed 6",
        "vault: 700 of 700 calls, seed 7",
        "",
    ]
    text = page.read_text(encoding="utf-8")
    assert (
        "700 calls of each example to each of 3 hosts, in rounds of 300 with the seeds\n5 to 7"
        in text
    )
    table = text[text.index("|---") :].split("\n\n")[0]
    counts = [int(row.split("|")[2].replace(",", "")) for row in table.splitlines()[1:]]
    assert sum(counts) == 700
    assert counts == sorted(counts, reverse=True)


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    with pytest.raises(KeyboardInterrupt):
        run(Model(stop_at=3), kept)
    assert list(soak.Kept(str(kept), "key").rounds) == ROUNDS[:2]
    model = Model()
    assert run(model, kept) == 0
    assert model.sent == dict.fromkeys(HOSTS, 1)
    assert list(soak.Kept(str(kept), "key").rounds) == ROUNDS
    again = Model()
    assert run(again, kept, key="another driver") == 0
    assert again.sent == dict.fromkeys(HOSTS, 3)


@pytest.mark.parametrize("liar", HOSTS)
def test_a_difference_ends_the_run(
    tmp_path: Path, liar: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "soak.md"
    model = Model(liar, lie=2)
    assert run(model, tmp_path / "kept.json", "--write", str(page)) == 1
    said = capsys.readouterr().err
    assert "call 299, " in said
    assert "--example vault --seed 6 --calls 300 --round 300" in said
    assert list(soak.Kept(str(tmp_path / "kept.json"), "key").rounds) == ROUNDS[:1]
    assert not page.exists()


def test_a_finding_of_a_sanitizer_ends_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(example: Example) -> dict[str, Send]:
        def dies(_calls: Sequence[Call], _scratch: Path) -> Answers:
            raise AssertionError("ERROR: AddressSanitizer: heap-buffer-overflow")

        return {**Model().make(example), "simulator": dies}

    options = soak.parse(ARGUMENTS)
    assert soak.run(options, make, soak.Kept(str(tmp_path / "kept.json"), "key")) == 1
    said = capsys.readouterr().err
    assert "heap-buffer-overflow\n" in said
    assert "--seed 5 --calls 300 --round 300" in said

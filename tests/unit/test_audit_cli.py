"""`kgen audit` as a command, and its page: one file that runs nothing, whatever the schema says."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from kgen.audit import report
from kgen.cli import main
from kgen.cli.audit import as_html
from kgen.emit.environment import make_environment, template_folder
from tests.support.layouts import layouts_of

ROOT = Path(__file__).parents[2]
SCHEMA = """\
kgen: 1
interface: lamp
version: "1.2"
targets: [wdm]
windows: {device_type: 0x8A17, sddl: admins}
ioctls:
  get: {function: 0x801, access: ACCESS, out: u32}
"""


@pytest.fixture
def lamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A schema with no finding."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "lamp.yaml"
    path.write_text(SCHEMA.replace("ACCESS", "read"))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["audit", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


# The command


def test_the_forms(lamp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "lamp.yaml")
    assert (status, err) == (0, "")
    assert out.startswith("interface lamp 1.2: 2 codes, 0 reached by others than administrators\n")
    status, out, err = run(capsys, "lamp.yaml", "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out)["schema"] == "lamp.yaml"
    status, out, err = run(capsys, "lamp.yaml", "--format", "html")
    assert (status, err) == (0, "")
    assert out.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("change", "statuses"),
    [
        (("access: read", "access: read"), [0, 0, 0, 0]),
        (("access: read", "access: any"), [0, 0, 1, 1]),
        (("access: read, out: u32", 'access: any, out: {code: "u8[4] secret"}'), [0, 1, 1, 1]),
        (("targets: [wdm]\n", "targets: [c]\nexternal: true\n"), [0, 0, 0, 0]),
        (("targets: [wdm]\nwindows: {device_type: 0x8A17, sddl: admins}\nioctls:\n  get: {function: 0x801, access: read", "targets: [c]\nexternal: true\nwindows: {device_type: 0x8A17}\nioctls:\n  get: {function: 0x801, access: any"), [0, 0, 0, 1]),
    ],
)  # fmt: skip
def test_from_which_severity_on_it_fails(
    lamp: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], statuses: list[int]
) -> None:
    rewrite(lamp, *change)
    found = [
        run(capsys, "lamp.yaml", "--fail-on", severity)[0]
        for severity in ("never", "error", "warning", "note")
    ]
    assert found == statuses
    assert run(capsys, "lamp.yaml")[0] == statuses[1]


def test_quiet_text_is_the_findings(lamp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "lamp.yaml", "--quiet") == (0, "", "")
    rewrite(lamp, "access: read", "access: any")
    assert run(capsys, "-q", "lamp.yaml", "--fail-on", "warning") == (
        1,
        "lamp.yaml:7:3: warning[any-access]: `get` needs no right of its handle\n",
        "",
    )


def test_it_is_written_where_it_is_told(
    lamp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "lamp.yaml", "-o", "report.txt") == (0, "", "")
    first = (tmp_path / "report.txt").read_text()
    assert first == run(capsys, "lamp.yaml")[1]
    (tmp_path / "report.txt").chmod(0o640)
    assert run(capsys, "lamp.yaml", "--format", "html", "--output", "report.txt") == (0, "", "")
    assert (tmp_path / "report.txt").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "report.txt").stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["lamp.yaml", "report.txt"]
    rewrite(lamp, "access: read", "access: any")
    assert run(capsys, "lamp.yaml", "-o", "report.txt", "--fail-on", "warning") == (1, "", "")
    assert "any-access" in (tmp_path / "report.txt").read_text()


def test_the_form_follows_the_name_of_the_file(
    lamp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, begins in (
        ("a.html", "<!D"),
        ("a.JSON", '{\n  "kgen_audit"'),
        ("a.txt", "interface"),
    ):
        assert run(capsys, "lamp.yaml", "-o", name) == (0, "", "")
        assert (tmp_path / name).read_text().startswith(begins)
    assert run(capsys, "lamp.yaml", "-o", "a.html", "--format", "text") == (0, "", "")
    assert (tmp_path / "a.html").read_text().startswith("interface")


def test_a_file_that_cannot_be_written(lamp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "lamp.yaml", "-o", "nowhere/report.txt")
    assert (status, out) == (2, "")
    assert err == "kgen: cannot write nowhere/report.txt: No such file or directory\n"


def test_a_broken_schema_leaves_the_output_alone(
    lamp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.txt").write_text("before")
    rewrite(lamp, "out: u32", "out: u33")
    status, out, err = run(capsys, "lamp.yaml", "-o", "report.txt", "--fail-on", "never")
    assert (status, out) == (1, "")
    assert "error[KG" in err
    assert (tmp_path / "report.txt").read_text() == "before"


def test_several_schemas(lamp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "torch.yaml").write_text(lamp.read_text().replace("lamp", "torch"))
    (tmp_path / "kgen.toml").write_text('schemas = ["*.yaml"]\n')
    status, out, _ = run(capsys, "--format", "json")
    assert status == 0
    assert [each["interface"] for each in json.loads(out)] == ["lamp", "torch"]
    out = run(capsys)[1]
    assert re.findall(r"^interface (\w+)", out, re.MULTILINE) == ["lamp", "torch"]
    page = Page(run(capsys, "--format", "html")[1])
    assert {"lamp", "lamp.get", "torch", "torch.get"} <= set(page.ids)
    assert {"#lamp", "#torch"} <= set(page.links)


def test_wrong_usage(lamp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "lamp.yaml", "--fail-on", "doubt")[0] == 2
    assert run(capsys, "lamp.yaml", "--format", "pdf")[0] == 2
    assert run(capsys)[0] == 2


# The page

VOID = {"meta", "link", "img", "br", "hr", "input", "base", "embed", "area"}
ALLOWED = {
    "html": {"lang"}, "head": set(), "meta": {"charset", "http-equiv", "content", "name"},
    "title": set(), "style": set(), "body": set(), "main": set(), "nav": {"class"},
    "section": {"id"}, "article": {"class", "id"}, "div": {"class"}, "h1": set(), "h2": set(),
    "h3": set(), "h4": set(), "small": set(), "p": {"class"}, "span": {"class"}, "code": set(),
    "strong": set(), "a": {"href", "rel"}, "ul": set(), "li": set(), "dl": set(), "dt": set(),
    "dd": {"class"}, "table": set(), "thead": set(), "tbody": set(), "tr": set(),
    "th": {"scope"}, "td": {"class"}, "footer": set(),
}  # fmt: skip
"""Every element of the page, with its attributes."""


class Page(HTMLParser):
    """Parses a page strictly: all that is opened is closed, and nothing else is there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.shown = ""
        self.shape: list[str] = []
        """The elements in order, without what stands in them."""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        assert {name for name, _ in attrs} <= ALLOWED[tag], (tag, attrs)
        self.shape.append(tag)
        for name, value in attrs:
            assert value is not None
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.shown += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@pytest.mark.parametrize("name", ["vault", "tour", "sensor", "mountmgr", "serial"])
def test_the_page_of_the_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    schema = str(ROOT / "schemas" / f"{name}.yaml")
    status, out, _ = run(capsys, schema, "--format", "html", "--fail-on", "never")
    assert status == 0
    page = Page(out)
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith("https://") or link[1:] in page.ids, link
    found = json.loads(run(capsys, schema, "--format", "json", "--fail-on", "never")[1])
    for ioctl in found["ioctls"]:
        assert f"{name}.{ioctl['name']}" in page.ids
        for each in [*ioctl["checks"], *ioctl["unchecked"]]:
            assert each["path"] in page.shown
    for item in found["findings"]:
        assert item["message"].replace("`", "") in page.shown
    assert "default-src 'none'" in out


ATTACK = "</p><script>alert(1)</script><img src=x onerror=y>\\\"'`<b>`{{ 7*7 }}{% x %}<!-- &lt;"


def hostile(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f"""\
kgen: 1
interface: lamp
version: "1.2"
doc: "{quoted}"
targets: [wdm]
windows: {{device_type: 0x8A17, sddl: admins}}
errors:
  odd: {{ntstatus: 0xE0000001, errno: EIO, doc: "{quoted}"}}
structs:
  ask: {{doc: "{quoted}", fields: {{a: {{type: u32, doc: "{quoted}"}}}}}}
ioctls:
  get: {{function: 0x801, access: any, in: ask, errors: [odd], deprecated: "{quoted}", doc: "{quoted}"}}
"""


def test_schema_text_cannot_become_part_of_the_page() -> None:
    harmless = Page(as_html([report(layouts_of(hostile("plain")))]))
    attacked = as_html([report(layouts_of(hostile(ATTACK)))])
    page = Page(attacked)
    # Code spans are marked up; nothing else of the page differs.
    assert [tag for tag in page.shape if tag != "code"] == [
        tag for tag in harmless.shape if tag != "code"
    ]
    assert page.ids == harmless.ids
    assert page.links == harmless.links
    assert page.shown.count("<script>alert(1)</script><img src=x onerror=y>") == 3
    assert "{{ 7*7 }}{% x %}<!-- &lt;" in page.shown


def test_every_text_of_the_template_is_escaped() -> None:
    folder = Path(template_folder(), "audit")
    for path in folder.glob("*.j2"):
        tree = make_environment().parse(path.read_text(encoding="utf-8"))
        for output in tree.find_all(nodes.Output):
            for node in output.nodes:
                if isinstance(
                    node, (nodes.TemplateData, nodes.Call)
                ):  # a macro, which is looked at
                    continue
                assert isinstance(node, nodes.Filter), f"line {node.lineno}"
                assert node.name in ("html", "html_prose"), f"line {node.lineno}"

"""What there is, is documented; what is documented, is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from andon.config import KEYS
from andon.domain.task import TRANSITIONS, TaskEvent, TaskState
from andon.policy.load import PolicyFaults, load_policies
from andon.policy.model import PolicyFile
from andon.policy.schema import policy_schema
from andon.policy.tables import run_tables
from andon.rpc.errors import CODES
from andon.rpc.facts import decision_environment
from andon.rpc.server import POLICIES, SERVICES
from andon.telemetry.instruments import Instruments
from andon.usecases.access import ROLES
from tests.arch import sources
from tests.docs.generated import TABLES, parsers, reasons
from tests.docs.markdown import ROOT, Block, anchors, between, blocks, links, read, rows

DOCUMENTS = tuple(name for name in sources.names() if name.endswith(".md") and not name.startswith(sources.VENDORED))
ARCHITECTURE, CONTRACT, POLICY_GUIDE = read("ARCHITECTURE.md"), read("docs/contract.md"), read("docs/policies.md")
OPERATIONS, CONTRIBUTING = read("docs/operations.md"), read("CONTRIBUTING.md")
NO_PART = {"__init__", "__main__", "py.typed", "policies", "units"}
INSTRUMENTS = Instruments(CollectorRegistry()).rows
METRICS = {instrument.name for instrument in INSTRUMENTS}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_made_from_the_code_is_up_to_date(name: str) -> None:
    marker, make = TABLES[name]
    assert between(read(name), marker) == make(), "run python -m tests.docs.generated"


def test_the_map_of_the_code_has_every_part_of_it() -> None:
    server = {name.split("/")[2].removesuffix(".py") for name in sources.names() if name.startswith("server/andon/")}
    clients = {name.split("/")[1] for name in sources.names() if name.startswith("clients/")}
    told = {row[0]: row[1] for row in rows(CONTRIBUTING)}
    assert {part for part in server if f"`{part}`" not in told["`server/andon`"]} <= NO_PART
    assert {f"`clients/{name}`" for name in clients} <= told.keys()
    used = re.findall(r"^from andon\.usecases\.(\w+)", (ROOT / "server/andon/app.py").read_text(), re.M)
    drawn = set(re.findall(r"\w+", blocks(ARCHITECTURE)[0].text))
    assert set(used) - {"context", "limits"} <= drawn


def test_every_target_of_make_that_the_guide_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = re.findall(r"`make ([a-z-]+)", CONTRIBUTING)
    assert set(named) <= targets
    assert {"web", "test-web", "screenshots"} <= set(named)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_setting_is_documented_in_its_three_forms(key: object) -> None:
    text = read("docs/configuration.md")
    assert all(f"`{form}`" in text for form in (key.name, *([] if key.kind.secret else [key.flag]), key.variable))  # type: ignore[attr-defined]


def test_every_metric_is_documented_and_no_other_is_named() -> None:
    assert set(re.findall(r"`(andon_\w+)`", read("docs/metrics.md"))) >= METRICS
    suffixed = METRICS | {f"{name}{suffix}" for name in METRICS for suffix in ("_bucket", "_sum", "_count")}
    for name in DOCUMENTS:
        named = set(
            re.findall(r"`[^`\n]*?\b(andon_[a-z_]+_(?:total|seconds\w*|ratio|info|operations|waiters))", read(name))
        )
        assert named <= suffixed, name


def test_every_query_of_an_alert_names_metrics_labels_and_reasons_that_exist() -> None:
    queries = [row[1] for row in rows(OPERATIONS) if len(row) == 3 and "andon_" in row[1]]
    assert len(queries) >= 10
    labels = {label for instrument in INSTRUMENTS for label in instrument.labels}
    for query in queries:
        base = {re.sub(r"_bucket$", "", name) for name in re.findall(r"andon_\w+", query)}
        assert base <= METRICS, query
        assert set(re.findall(r"(\w+)=~?\"", query)) <= labels, query
        asked = re.findall(r"reason=~?\"([^\"]*)\"", query)
        for pattern in (part for text in asked for part in text.replace("\\|", "|").split("|")):
            assert any(re.fullmatch(pattern, reason) for reason in CODES), pattern


def test_every_error_reason_is_documented_with_what_to_do() -> None:
    documented = {row[0].strip("`"): row for row in rows(between(read("docs/errors.md"), "errors"))}
    assert set(documented) == set(reasons()) == set(CODES)
    assert all(row[2] and row[4] for row in documented.values())


def test_every_call_is_documented_with_the_roles_it_needs() -> None:
    documented = {row[0].strip("`"): set(row[2].split(", ")) for row in rows(CONTRACT) if len(row) == 3}
    assert documented == {name.rpartition("/")[2]: {role.value for role in roles} for name, roles in ROLES.items()}
    for service in SERVICES:
        section = CONTRACT[CONTRACT.index(f"### {service.name}") :].split("\n##", 1)[0]
        named = [row[0].strip("`") for row in rows(section)]
        assert [name for name in named if "?" not in name] == [method.name for method in service.methods]


def test_every_command_and_flag_is_documented() -> None:
    text = read("docs/commands.md") + read("docs/configuration.md")
    for command in parsers():
        assert f"## andon {command.name}\n" in text
        flags = {flag for action in command.parser._actions for flag in action.option_strings if flag.startswith("--")}
        assert not [flag for flag in flags - {"--help"} if not re.search(rf"{flag}\b", text)], command.name


def test_the_contract_page_lists_every_task_state() -> None:
    assert [row[0].strip("`") for row in rows(CONTRACT) if len(row) == 2] == [state.name for state in TaskState]


def test_the_transition_table_is_the_one_of_the_code() -> None:
    table = [tuple(row) for row in rows(ARCHITECTURE) if len(row) == 3]
    assert table == [(source.name, event.value, target.name) for (source, event), target in TRANSITIONS.items()]


def test_the_drawing_of_a_tasks_life_names_every_state_and_event() -> None:
    life = ARCHITECTURE[ARCHITECTURE.index("## A task's life") :]
    (drawing, *_) = blocks(life)
    words = set(re.findall(r"\w+", drawing.text))
    assert {state.name for state in TaskState} | {event.value for event in TaskEvent} <= words


def test_the_places_of_the_map_exist() -> None:
    table = ARCHITECTURE[ARCHITECTURE.index("| place |") :].split("\n\n", 1)[0]
    places = [row[0].strip("`") for row in rows(table)]
    assert len(places) > 8
    assert not [place for place in places if not (ROOT / place).exists()]
    packages = {path.parent.name for path in (ROOT / "server/andon").glob("*/__init__.py")} - {"cli"}
    assert packages <= {Path(place).name for place in places}


def test_the_files_and_modules_that_documents_name_exist() -> None:
    for name in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        named = re.findall(
            r"`((?:server|proto|tests|docs|clients|requirements|domain|rpc|usecases|store|telemetry)/[\w./-]+)`",
            read(name),
        )
        for path in {path.rstrip("/.") for path in named}:
            assert (ROOT / path).exists() or (ROOT / "server/andon" / path).exists(), f"{name}: {path}"


def test_contributing_names_every_folder_of_tests() -> None:
    row = next(row for row in rows(read("CONTRIBUTING.md")) if row[0] == "`tests`")
    folders = {name.split("/")[1] for name in sources.names() if name.startswith("tests/") and name.count("/") > 1}
    assert set(re.findall(r"`(\w+)`", row[1])) == folders


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for name in DOCUMENTS:
        named = re.findall(r"(?:`|\$ )make ([a-z-]+)", read(name))
        assert set(named) <= targets, name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for target in links(read(name)):
        path, _, fragment = target.partition("#")
        if "://" in path:
            continue
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.exists(), target
        assert not fragment or fragment in anchors(found.read_text(encoding="utf-8")), target


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = {"README.md"}, ["README.md"]
    while waiting:
        name = waiting.pop()
        for target in links(read(name)):
            found = ((ROOT / name).parent / target.partition("#")[0]).resolve()
            relative = found.relative_to(ROOT).as_posix() if found.is_relative_to(ROOT) else ""
            if found.suffix == ".md" and relative not in reached:
                reached.add(relative)
                waiting.append(relative)
    assert {name for name in DOCUMENTS if name.startswith("docs/")} <= reached


def _policy_folder(folder: Path, *parts: Block) -> Path:
    names = ("policy.yaml", "policy.test.yaml")
    for name, part in zip(names, parts, strict=False):
        (folder / name).write_text(part.text, encoding="utf-8")
    return folder


def _packaged(_: Path) -> Path:
    return ROOT / "server/andon/policies"


def _of_readme(folder: Path) -> Path:
    return _policy_folder(folder, *blocks(read("README.md"), "yaml"))


def _of_guide(folder: Path) -> Path:
    return _policy_folder(folder, *blocks(POLICY_GUIDE, "yaml"))


@pytest.mark.parametrize("make", [_packaged, _of_readme, _of_guide])
def test_every_policy_that_is_shown_loads_and_passes_its_tests(make: Callable[[Path], Path], tmp_path: Path) -> None:
    environment = decision_environment()
    folder = make(tmp_path)
    policies = load_policies(folder, environment)
    assert not policies.warnings
    results = run_tables(folder, policies, environment)
    assert not [result for result in results if result.failures]
    assert bool(results) is (make is not _of_readme)


def test_the_worked_example_uses_every_key(tmp_path: Path) -> None:
    example = blocks(POLICY_GUIDE, "yaml")[0].text
    keys = [row[0].strip("`").rpartition(".")[2] for row in rows(between(POLICY_GUIDE, "keys"))]
    assert len(keys) > len(policy_schema()["properties"]) == len(PolicyFile.__dataclass_fields__)  # type: ignore[arg-type]
    assert not [key for key in keys if not re.search(rf"\b{key}:", example)]


def test_a_timeout_that_approves_is_refused_as_the_guide_says(tmp_path: Path) -> None:
    text = blocks(POLICY_GUIDE, "yaml")[0].text
    approving = re.sub(r"on_deadline: .*", "on_deadline: approve", text)
    assert approving != text
    (tmp_path / "policy.yaml").write_text(approving, encoding="utf-8")
    with pytest.raises(PolicyFaults, match="never approves"):
        load_policies(tmp_path, decision_environment())


def test_the_guide_names_every_reason_of_the_servers_own() -> None:
    own = {value for value in _constants() if value.startswith("andon.")}
    assert own
    assert own <= set(re.findall(r"`(andon\.[\w-]+)`", POLICY_GUIDE))


def _constants() -> list[str]:
    from andon.policy import compiled

    return [value for name, value in vars(compiled).items() if name.isupper() and isinstance(value, str)]


def test_operations_names_the_health_service_of_the_policies() -> None:
    assert f"`{POLICIES}`" in OPERATIONS


def test_the_notice_names_the_data() -> None:
    notice = " ".join(read("NOTICE").split())
    assert "Statlog (German Credit Data), H. Hofmann, 1994, UCI Machine Learning Repository, CC BY 4.0" in notice

"""Rows as lines: nothing is lost or turned into something else on the way, and what is no row is refused."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.server.admin import copying, loading
from portal.server.admin.copying import CopyError, Shape, Sum
from portal.server.admin.progress import Progress
from portal.server.core.db import Database

KINDS = (("a", "int"), ("b", "text"), ("c", "bytes"), ("d", "bool"), ("e", "json"))
SHAPE = Shape("kinds", KINDS, "a")
TABLE = "CREATE TABLE kinds (a INTEGER PRIMARY KEY, b TEXT, c BLOB, d BOOLEAN, e JSON)"
ROWS = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.none() | st.binary(max_size=300),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["null", "{}", '{"b": 1,  "a": [1.50, "é"]}', "[]"]),
)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    database = Database("sqlite://")
    with database.engine.connect() as opened:
        opened.exec_driver_sql(TABLE)
        yield opened
    database.close()


def line(*values: Any) -> bytes:
    return json.dumps([base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in values]).encode()


@settings(max_examples=50)
@given(st.lists(ROWS, max_size=5, unique_by=lambda row: row[0]))
def test_rows_come_out_as_they_went_in(rows: list[tuple[Any, ...]]) -> None:
    database = Database("sqlite://")
    with database.engine.connect() as connection:
        connection.exec_driver_sql(TABLE)
        loading.load(connection, SHAPE, [line(*row) for row in rows])
        out = list(copying.lines(connection, SHAPE))
        assert sorted(copying.rows_of(SHAPE, out)) == sorted(rows, key=lambda row: row[0])
        assert copying.summed(connection, SHAPE).rows == len(rows)
    database.close()


def test_the_sum_is_that_of_the_set_of_rows(connection: sa.Connection) -> None:
    one, other = Sum(), Sum()
    for row in (b"1", b"2", b"3"):
        one.add(row)
    for row in (b"3", b"1", b"2"):
        other.add(row)
    assert one == other
    assert len(one.to_text()) == 128
    other.add(b"")
    assert one != other
    assert copying.summed(connection, SHAPE) == Sum()


def test_nothing_and_the_word_null_stay_two_things(connection: sa.Connection) -> None:
    loading.load(connection, SHAPE, [line(1, None, None, None, None), line(2, None, None, None, "null")])
    asked = "SELECT a FROM kinds WHERE e IS NULL"
    assert connection.exec_driver_sql(asked).scalars().all() == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{}",
        b"[1]",
        b"not json",
        b'[1, 2, "", true, null]',
        b'[true, "x", "", true, null]',
        b'["1", "x", "", true, null]',
        b'[1, "x", "not base64!", true, null]',
        b'[1, "x", "\xc3\xa9", true, null]',
        line(1, "x", b"", 1, None),
    ],
)
def test_what_is_no_row_is_refused(wrong: bytes, connection: sa.Connection) -> None:
    with pytest.raises(CopyError, match="the rows of kinds are not as they are written here"):
        loading.load(connection, SHAPE, [wrong])


def test_a_value_of_another_kind_in_the_database_is_told_without_showing_it(connection: sa.Connection) -> None:
    connection.exec_driver_sql("INSERT INTO kinds VALUES (1, x'00', NULL, NULL, NULL)")
    with pytest.raises(CopyError, match=r"kinds\.b holds a value that is no str"):
        list(copying.lines(connection, SHAPE))


@pytest.mark.parametrize("columns", [[], [["a", "int"], ["a", "int"]], [["a", "date"]], "a", [["a"]], None])
def test_a_table_that_none_can_be_is_refused(columns: Any) -> None:
    with pytest.raises(CopyError):
        copying.parse_shape("t", {"columns": columns, "counter": None})


def test_a_table_with_other_columns_is_refused(connection: sa.Connection) -> None:
    for shape in (Shape("kinds", KINDS[:2], None), Shape("nothing", KINDS, None)):
        with pytest.raises(CopyError, match="in this version of the schema"):
            loading.load(connection, shape, [])


def test_every_table_of_the_program_can_be_copied_and_comes_behind_those_it_refers_to() -> None:
    shapes = copying.shapes()
    places = {shape.name: place for place, shape in enumerate(shapes)}
    assert {"account", "record_item", "draft_item", "ledger_entry", "submission"} < places.keys()
    assert "delivery" not in places
    assert places["account"] < places["device"] < places["room_device"]
    for shape in shapes:
        assert copying.parse_shape(shape.name, json.loads(json.dumps(shape.to_json()))) == shape


def test_progress_is_a_bar_on_a_terminal_and_a_line_for_each_tenth_elsewhere() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    elsewhere, terminal = io.StringIO(), Terminal()
    for out in (elsewhere, terminal):
        progress = Progress("rows", 200, out)
        for _ in range(200):
            progress.add()
        progress.finish()
    assert elsewhere.getvalue().splitlines() == [f"rows: {tenth * 10} %" for tenth in range(11)]
    assert terminal.getvalue().endswith("100%\n")
    assert "\rrows █" in terminal.getvalue()

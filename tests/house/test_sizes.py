"""Files that fit a screen or two, functions that fit half of one."""

from tests.house.tree import functions, inside, name_of, python_files, templates

FILE_LINES = 300
TEST_FILE_LINES = 600  # tables of cases
FUNCTION_LINES = 40
TEMPLATE_LINES = 160


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in python_files()}
    most = {path: TEST_FILE_LINES if inside(path, "tests") else FILE_LINES for path in lengths}
    assert {name_of(path): length for path, length in lengths.items() if length > most[path]} == {}


def test_no_function_is_longer_than_forty_lines() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} {length}"
        for path in python_files()
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert long == []


def test_no_template_is_longer_than_it_can_be_read_at_once() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in templates()}
    assert {name: length for name, length in lengths.items() if length > TEMPLATE_LINES} == {}

"""``python -m tests.machine``: before the tests start, fetch what the machine lacks."""

from tests.machine.fetch import fetch_missing

if __name__ == "__main__":
    for program in fetch_missing(lambda text: print(text, flush=True)):
        if program.fetched:
            print(f"{program.name}: fetched, {program.executable}")

"""What pages cost a browser, by the size of the hall: `python -m benchmarks.browser`."""

import argparse
import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, sync_playwright

from benchmarks.deployment import infrastructure
from benchmarks.report import Figures, Report, Table, Target
from benchmarks.servers import FrontRow
from benchmarks.turns import in_turns
from tests.programs import required

HALLS = {"300 seats": 300, "5,000 seats": 5_000, "10,000 seats": 10_000}
NODES, BYTES, CPU, CHANGE = "DOM nodes", "document bytes", "main thread ms", "one change ms"
LIVE, SHIFT, SENT = "live after s", "layout shift", "kB before choosing"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
# A slow phone on 3G; sockets are not slowed down, which Chromium can't do.
SLOW_CPU = 4
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
QUIET_MS = 1_000
SHIFTS = """() => new Promise((resolve) => {
  let total = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) total += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(total), 100);
})"""


class Window:
    """A window of its own; what its main thread takes is counted in CPU time, not by the clock."""

    def __init__(
        self, browser: Browser, *, cpu: float = 1, network: Any = None, **options: Any
    ) -> None:
        self._context = browser.new_context(**options)
        self.page = self._context.new_page()
        self._devtools = self._context.new_cdp_session(self.page)
        self._devtools.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._devtools.send("Network.enable")
        self._devtools.on("Network.loadingFinished", self._loaded)
        if network:
            self._devtools.send("Network.emulateNetworkConditions", network)
        self.bytes = 0.0

    def _loaded(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *exc: object) -> None:
        self._context.close()

    def open(self, url: str) -> float:
        """Open a page, and return after how many seconds its map was live."""
        self.page.goto(url, wait_until="commit")
        self.page.wait_for_selector("[data-freshness=live]", timeout=60_000)
        return float(self.page.evaluate("performance.now()")) / 1000

    def main_thread_ms(self) -> float:
        """Return what the main thread has taken since the page was opened, once it is quiet."""
        self.page.wait_for_timeout(QUIET_MS)
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        [seconds] = [each["value"] for each in metrics if each["name"] == "TaskDuration"]
        return float(seconds) * 1000


class Hall:
    """A show in a hall of so many seats, some of which are booked while it is looked at."""

    def __init__(self, browser: Browser, server: FrontRow, seats: int) -> None:
        self._browser = browser
        self._site = f"http://127.0.0.1:{server.ports[0]}"
        self._show_id = server.new_show(seats)
        self._token = server.tokens(1)[0]
        self._free = iter(range(seats, 0, -1))

    def measure(self, cpu: float) -> dict[str, float]:
        """Open the page, look at it for a while, and see one seat be booked."""
        url = f"{self._site}/shows/{self._show_id}/"
        with Window(self._browser, cpu=cpu, viewport=DESKTOP) as window:
            window.open(url)
            opened = window.main_thread_ms()
            quiet = window.main_thread_ms()
            self._book()
            changed = window.main_thread_ms()
            nodes = window.page.evaluate("document.querySelectorAll('*').length")
        with urlopen(url) as answer:
            size = len(answer.read())
        change = max(0.0, (changed - quiet) - (quiet - opened))
        return {NODES: nodes, BYTES: size, CPU: opened, CHANGE: change}

    def _book(self) -> None:
        body = json.dumps({"seat_number": next(self._free)}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        urlopen(Request(f"{self._site}/api/shows/{self._show_id}/book/", body, headers)).close()


def slowly(browser: Browser, url: str) -> dict[str, float]:
    """Open a page on a slow phone with a slow network."""
    with Window(browser, cpu=SLOW_CPU, network=SLOW_3G, viewport=PHONE) as window:
        live = window.open(url)
        window.page.wait_for_load_state("networkidle")
        shift = float(window.page.evaluate(SHIFTS))
        return {LIVE: live, SHIFT: shift, SENT: window.bytes / 1000}


def main() -> None:
    """Measure, print and keep the figures."""
    given = arguments()
    report = Report("browser", "make bench-browser")
    # Playwright keeps an event loop in this thread, which Django would take for its own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with ExitStack() as stack:
        services = stack.enter_context(infrastructure())
        server = stack.enter_context(FrontRow(services))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=required("Chromium"))
        stack.callback(browser.close)
        report.conditions["browser"] = f"Chromium {browser.version}, without a GPU"
        halls = {name: Hall(browser, server, seats) for name, seats in HALLS.items()}
        for cpu in (1, SLOW_CPU):
            subjects: dict[str, Callable[[], Figures]] = {
                name: partial(hall.measure, cpu) for name, hall in halls.items()
            }
            rows = in_turns(subjects, rounds=given.rounds)
            report.tables.append(Table(f"CPU slowed down {cpu} times", rows))
        site = f"http://127.0.0.1:{server.ports[0]}"
        show = f"{site}/shows/{server.new_show(300)}/"
        pages: dict[str, Callable[[], Figures]] = {
            "landing page": partial(slowly, browser, f"{site}/"),
            "page of a show, 300 seats": partial(slowly, browser, show),
        }
        report.tables.append(Table("slow phone, 3G", in_turns(pages, rounds=given.rounds)))
    report.targets += targets(*(table.rows for table in report.tables))
    print(report)
    if not given.dry:
        report.save()


def arguments() -> argparse.Namespace:
    """Read the sizes of the run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    return parser.parse_args()


def targets(
    quick: dict[str, dict[str, float]],
    slow: dict[str, dict[str, float]],
    pages: dict[str, dict[str, float]],
) -> list[Target]:
    """Return what was to be reached, and what was."""
    small, big, biggest = HALLS
    found = [Target("5,000 seats: document bytes", quick[big][BYTES], 40_000)]
    for name, rows in (("", quick), (f", CPU slowed down {SLOW_CPU} times", slow)):
        base = rows[small][CPU]
        found += [
            Target(f"5,000 seats: main thread, ×{name}", rows[big][CPU] / base, 1.3),
            Target(f"10,000 seats: main thread, ×{name}", rows[biggest][CPU] / base, 1.6),
        ]
    found.append(Target("10,000 seats: one change, ms", quick[biggest][CHANGE], 60))
    for page, row in pages.items():
        found += [
            Target(f"{page}, slow: live after s", row[LIVE], 5),
            Target(f"{page}, slow: layout shift", row[SHIFT], 0),
            Target(f"{page}, slow: kB before choosing", row[SENT], 120),
        ]
    return found


if __name__ == "__main__":
    main()

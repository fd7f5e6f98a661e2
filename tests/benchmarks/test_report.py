"""A report says whether targets are met and survives being kept; documents show what was kept."""

import tempfile
from pathlib import Path
from unittest.mock import patch

from django.test import SimpleTestCase, tag

from benchmarks import report
from benchmarks.documents import DOCUMENTS, with_figures
from benchmarks.report import Report, Table, Target, medians


def sample() -> Report:
    return Report(
        name="sample",
        command="make bench-sample",
        tables=[Table("Cost", {"Front Row": {"ms": 1.234, "KiB": 2345.6}, "limit": {"ms": 0.5}})],
        targets=[
            Target("cost against the limit", value=2.468, bound=3),
            Target("changes a second", value=90, bound=100, at_most=False, note="the wire"),
        ],
        conditions={"Python": "3.11", "cores": "2"},
    )


@tag("once")
class TestReport(SimpleTestCase):
    """A report's text, its file and the documents' tables."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.enterContext(patch.object(report, "RESULTS", Path(folder.name) / "results"))

    def test_medians_are_taken_figure_by_figure(self) -> None:
        runs = [{"ms": 3.0, "KiB": 1.0}, {"ms": 1.0, "KiB": 9.0}, {"ms": 2.0, "KiB": 5.0}]
        self.assertEqual(medians(runs), {"ms": 2.0, "KiB": 5.0})

    def test_text_aligns_figures_and_judges_targets(self) -> None:
        expected = (
            "Cost\n"
            "             ms    KiB\n"
            "Front Row  1.23  2,346\n"
            "limit       0.5      –\n"
            "\n"
            "met    cost against the limit: 2.47 ≤ 3\n"
            "MISSED changes a second: 90 ≥ 100  (the wire)\n"
        )
        self.assertEqual(str(sample()), expected)

    def test_report_is_the_same_after_being_kept(self) -> None:
        sample().save()
        self.assertEqual(Report.load("sample"), sample())

    def test_document_gets_the_kept_figures_in_place_of_old_ones(self) -> None:
        sample().save()
        text = "Before\n<!-- figures: sample {} -->\nold\n<!-- end of figures -->\nafter\n"
        table = (
            "|  | ms | KiB |\n"
            "| --- | ---: | ---: |\n"
            "| Front Row | 1.23 | 2,346 |\n"
            "| limit | 0.5 | – |\n"
        )
        self.assertEqual(with_figures(text.format(0)), text.format(0).replace("old\n", table))
        targets = with_figures(text.format("targets"))
        self.assertIn("| changes a second | 90 | ≥ 100 | no | the wire |\n", targets)
        self.assertEqual(with_figures(targets), targets)


@tag("once")
class TestDocuments(SimpleTestCase):
    """The documents' figures are the committed ones."""

    def test_documents_show_the_committed_figures(self) -> None:
        for document in DOCUMENTS:
            with self.subTest(document.name):
                text = document.read_text()
                self.assertEqual(with_figures(text), text)

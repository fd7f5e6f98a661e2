"""The picture of the house in architecture.md shows the layers that `make lint` checks."""

import re
import tomllib

from django.test import SimpleTestCase, tag

from tests.docs.reading import ROOT, documents

PICTURE = re.compile(r"^```mermaid\n(.*?)^```", re.DOTALL | re.MULTILINE)
NAMES = re.compile(r"[\w]+")


def contracts() -> dict[str, list[set[str]]]:
    """Return the layers of each package, and under "" those of the project, as they are checked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {
        container: [set(NAMES.findall(layer)) for layer in contract["layers"]]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
        for container in contract.get("containers", [""])
    }


def drawn(picture: str) -> list[list[set[str]]]:
    """Return the layers of each chain of arrows; a node's own names are set in bold."""
    nodes = {
        name: set(NAMES.findall(bold))
        for name, bold in re.findall(r'(\w+)\["<b>(.*?)</b>', picture)
    }
    chains = re.findall(r"^\s*(\w+(?: --> \w+)+)$", picture, re.MULTILINE)
    return [[nodes.get(name, {name}) for name in chain.split(" --> ")] for chain in chains]


@tag("once")
class PictureTests(SimpleTestCase):
    def test_picture_has_the_layers_that_are_checked(self) -> None:
        [picture] = PICTURE.findall(documents()["docs/architecture.md"])
        checked = contracts()
        self.assertEqual(
            drawn(picture), [checked[container] for container in ("", "booking", "foundation")]
        )

    def test_layers_are_found(self) -> None:
        picture = '  a["<b>api, pages</b><br>…"]\n  b["<b>rules</b>"]\n  a --> b --> c\n'
        self.assertEqual(drawn(picture), [[{"api", "pages"}, {"rules"}, {"c"}]])
        self.assertEqual(contracts()[""][-1], {"foundation"})

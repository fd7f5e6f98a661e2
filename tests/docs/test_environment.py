"""The variables of the environment are the same in the code, `.env.example` and operations.md."""

import re

from django.test import SimpleTestCase, tag

from tests.docs.reading import ROOT, documents, table_in

EXAMPLE = ROOT / ".env.example"
# Where variables are read, and how.
READ = {
    "cinema/settings.py": r"\b(?:variable\(\s*env\.\w+,|names\()\s*\"(\w+)\"",
    "payments/stripe_keys.py": r"\bvariable\(env\.\w+, \"(\w+)\"",
    "docker-compose.yml": r"\$\{(\w+)[:}]",
}
# What settings read, but a script of the project sets.
NOT_FOR_OPERATORS = {
    "STATEMENT_TIMEOUT": "deploy/serve.sh",
}


def variables_read() -> set[str]:
    """Return the variables that the code and the deployment read."""
    found = {
        name
        for path, pattern in READ.items()
        for name in re.findall(pattern, (ROOT / path).read_text())
    }
    return found - NOT_FOR_OPERATORS.keys()


def default(name: str) -> float:
    """Return the number that the settings take where a variable is not set."""
    text = (ROOT / "cinema" / "settings.py").read_text()
    [number] = re.findall(rf'"{name}", default=([\d.]+)', text)
    return float(number)


def variables_in(example: str) -> set[str]:
    """Return the variables of an example, those that it leaves out included."""
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", example, re.MULTILINE))


def numbers_in(text: str, pattern: str) -> dict[str, float]:
    """Return the numbers that a text gives variables."""
    return {name: float(said) for name, said in re.findall(pattern, text, re.MULTILINE)}


@tag("once")
class VariableTests(SimpleTestCase):
    def test_example_has_what_is_read(self) -> None:
        self.assertEqual(variables_in(EXAMPLE.read_text()), variables_read())

    def test_operations_explain_what_is_read(self) -> None:
        text = documents()["docs/operations.md"]
        rows = table_in(text, "## What to set")
        rows += table_in(text, "Those of docker-compose.yml alone:")
        self.assertEqual(sorted(row[0].strip("`") for row in rows), sorted(variables_read()))

    def test_defaults_are_those_of_the_settings(self) -> None:
        rows = table_in(documents()["docs/operations.md"], "## What to set")
        numbers = {name.strip("`"): said for name, said, _ in rows if said.isdigit()}
        self.assertEqual(numbers, {name: f"{default(name):g}" for name in numbers})

    def test_numbers_are_the_same_everywhere(self) -> None:
        example = numbers_in(EXAMPLE.read_text(), r"^#?([A-Z_]+)=([\d.]+)$")
        compose = numbers_in(
            (ROOT / "docker-compose.yml").read_text(), r"\$\{([A-Z_]+):-([\d.]+)\}"
        )
        text = documents()["docs/operations.md"]
        table = numbers_in(text, r"^\| `([A-Z_]+)` \| ([\d.]+) \|")
        # Behind a proxy, as in the example, this is something else than without one.
        del example["TRUSTED_PROXIES"]
        self.assertEqual(compose, {name: example[name] for name in compose})
        self.assertEqual(example, {name: table[name] for name in example})

    def test_others_are_set_where_it_says(self) -> None:
        for name, path in NOT_FOR_OPERATORS.items():
            self.assertIn(f"export {name}=", (ROOT / path).read_text())

    def test_variables_are_found(self) -> None:
        self.assertIn("CLOCK_SKEW_SECONDS", variables_read())
        self.assertIn("ALLOWED_HOSTS", variables_read())
        self.assertIn("OUTER_PROXY", variables_read())
        self.assertEqual(default("HTTP_THREADS"), 3)
        self.assertEqual(variables_in("# DEBUG, INFO\nA_B=1\n#C_D=\n  E=2\n"), {"A_B", "C_D"})

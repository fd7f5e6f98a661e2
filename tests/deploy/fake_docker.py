"""Stands for docker and compose: keeps lists of containers, and of what was done."""

import json
import os
import sys
from pathlib import Path


def compose(state: dict, command: str, *arguments: str) -> int:
    match command:
        case "ps":
            print("\n".join(state["running"]))
        case "up" if arguments[-1] == "tidy":
            state["done"].append(f"renew {arguments[-2]} tidy")
        case "up":
            count = int(arguments[-2].removeprefix("web="))
            while len(state["running"]) < count:
                state["made"] += 1
                state["running"].append(f"new{state['made']}")
                state["done"].append(f"start {state['running'][-1]}")
        case "build" | "run":
            state["done"].append(f"{command} {arguments[-1]}")
    return int(command == state["fails"])


def docker(state: dict, command: str, *arguments: str) -> int:
    container = arguments[-1]
    match command:
        case "compose" if not state["has_plugin"]:
            return 1
        case "compose" if container == "version":
            return 0
        case "compose":
            return compose(state, *arguments)
        case "inspect":
            restarts = int(container == state["fails"])
            print("true" if arguments[1] == "{{.State.Running}}" else f"true {restarts}")
        case "exec":
            state["done"].append(f"ask {arguments[0]}")
            return int(arguments[0] == state["fails"])
        case "stop" | "rm":
            state["done"].append(f"{command} {container}")
            state["running"] = [each for each in state["running"] if each != container]
        case "logs":
            print("SECRET_KEY must be set.")
    return 0


if __name__ == "__main__":
    file = Path(os.environ["FAKE_DOCKER"])
    state = json.loads(file.read_text())
    act = compose if Path(sys.argv[0]).name == "docker-compose" else docker
    status = act(state, *sys.argv[1:])
    file.write_text(json.dumps(state))
    sys.exit(status)

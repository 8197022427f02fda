"""Program in the referee's pane: writes each part and reports when tmux has processed it.

A separate script (``feed.py FOLDER PARTS``), because it must start fast and import nothing of the project.
"""

import os
import sys
import time
import tty
from pathlib import Path


def feed(folder: Path, parts: int) -> None:
    """Write ``0.bin``, ``1.bin``, ... to the terminal; after each create ``N.done`` and wait for ``N.go``."""
    tty.setraw(0)
    for number in range(parts):
        while number and not (folder / f"{number}.go").exists():
            time.sleep(0.01)
        data = (folder / f"{number}.bin").read_bytes()
        while data:
            data = data[os.write(1, data[:4096]) :]
        os.write(1, b"\x1b[5n")
        heard = b""
        while not heard.endswith(b"\x1b[0n"):
            heard = (heard + os.read(0, 4096))[-4096:]
        (folder / f"{number}.done").touch()
    time.sleep(600)


if __name__ == "__main__":
    feed(Path(sys.argv[1]), int(sys.argv[2]))

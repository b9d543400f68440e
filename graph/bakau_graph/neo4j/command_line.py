"""The command lines of Neo4j's two programs: the server and the administration tool, started directly on a Java."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bakau.errors import NetworkError
from bakau.settings import plain_environment
from bakau_graph.neo4j.jars import class_path, is_installed
from bakau_graph.neo4j.java import choose_java
from bakau_graph.neo4j.release import ADMIN_CLASS, MAIN_CLASS, VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_graph.neo4j.home import Home

#: What the configuration that ships with Neo4j gives its Java, without the touching of all memory at start; and with the parallel collector
#: in place of G1, which on two cores and a heap of 1-2 GiB takes twice the processor time (measured while chunks are written).
FLAGS = (
    "-XX:+UseParallelGC", "-XX:-OmitStackTraceInFastThrow", "-XX:+UnlockExperimentalVMOptions", "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC", "-Djdk.nio.maxCachedBufferSize=1024", "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.leakDetection.level=DISABLED", "-Djdk.tls.ephemeralDHKeySize=2048", "-Djdk.tls.rejectClientInitiatedRenegotiation=true",
    "-XX:FlightRecorderOptions=stackdepth=256", "-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints",
    "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED", "-Dlog4j2.disable.jmx=true", "-Dlog4j.layout.jsonTemplate.maxStringLength=32768",
    "-Dorg.neo4j.shaded.lucene9.vectorization.upperJavaFeatureVersion=25", "-Dfile.encoding=UTF-8",
)  # fmt: skip
#: A flag that Java 24 and later want, and earlier ones refuse.
_UNSAFE = "--sun-misc-unsafe-memory-access=allow"


def java_command(heap: str) -> list[str]:
    """A Java that can run Neo4j, with flags and class path; NetworkError when Neo4j or a suitable Java is missing."""
    if not is_installed():
        raise NetworkError(f"Neo4j {VERSION} is not installed", hint="bakau neo4j install")
    java = choose_java()
    late = [_UNSAFE] if java.major >= 24 else []
    return [str(java.program), f"-Xms{heap}", f"-Xmx{heap}", *FLAGS, *late, "-cp", class_path()]


def server_command(home: Home, heap: str) -> list[str]:
    """Start the server of a home."""
    return [*java_command(heap), MAIN_CLASS, f"--home-dir={home.folder}", f"--config-dir={home.conf}", "--console-mode"]


def run_admin(home: Home, arguments: Sequence[str], *, heap: str = "1g") -> str:
    """Run the administration tool on a home whose server is stopped and give what it said; NetworkError when it fails.

    `arguments` are those of `neo4j-admin`, such as ``database import full neo4j …``.
    """
    command = [*java_command(heap), ADMIN_CLASS, *arguments]
    places = plain_environment() | {"NEO4J_HOME": str(home.folder), "NEO4J_CONF": str(home.conf)}
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=places, cwd=home.folder, umask=0o077)  # noqa: S603 - our own words
    said = ran.stdout + ran.stderr
    if ran.returncode:
        from bakau_graph.neo4j.complaint import explain

        raise explain(said, f"neo4j-admin {' '.join(arguments[:2])} failed")
    return said

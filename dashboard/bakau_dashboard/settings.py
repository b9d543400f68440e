"""How Streamlit is set up here: nothing leaves the machine, nothing that belongs to developers is shown."""

from __future__ import annotations

#: Names of this machine: where the dashboard listens, and whose requests it answers.
LOOPBACK = ("localhost", "127.0.0.1", "::1")

#: Streamlit's options, each with its reason in `why`.
OPTIONS: dict[str, object] = {
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.showSidebarNavigation": True,
    "client.disableDataExport": True,
    "server.allowedHosts": list(LOOPBACK),
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.maxUploadSize": 50,
    "server.maxMessageSize": 200,
    "server.headless": True,
    "server.disconnectedSessionTTL": 120,
    "runner.magicEnabled": False,
    "global.developmentMode": False,
    "logger.level": "error",
    "theme.light.textColor": "#111111",
    "theme.light.primaryColor": "#0b5d4e",
    "theme.light.linkColor": "#0b5d4e",
    "theme.dark.primaryColor": "#5cc8ae",
    "theme.dark.linkColor": "#7fd8c2",
    "theme.dark.textColor": "#f2f2f2",
    "theme.baseRadius": "small",
    "theme.baseFontSize": 15,
    "theme.metricValueFontSize": "1.5rem",
    "theme.headingFontSizes": ["1.7rem", "1.25rem", "1.05rem"],
}

WHY = {
    "client.disableDataExport": "a table copied out leaves no line in the audit log; `bakau export` does",
    "server.allowedHosts": "a foreign name that resolves to this machine must not reach it (DNS rebinding)",
    "server.fileWatcherType": "the code does not change while it runs, and watching costs memory",
    "server.enableStaticServing": "what lies under /app/static answers without a session",
    "theme.light.textColor": "captions reach the contrast that people need only with it",
}


def apply_options() -> None:
    """Give Streamlit its options; ours win over files and environment of the machine."""
    from streamlit.web import bootstrap

    bootstrap.load_config_options(dict(OPTIONS))

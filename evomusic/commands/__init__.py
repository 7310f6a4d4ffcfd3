"""What the commands do; `evomusic.cli` says how they are called. Each function returns an exit code."""

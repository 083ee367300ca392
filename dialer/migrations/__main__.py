"""`python -m dialer.migrations`: do the migrations make the tables that the code has? Exits 0 or 1."""

import sys
import tempfile
from pathlib import Path

from dialer.core.embedded import embedded_postgresql
from dialer.migrations import runner

with (
    tempfile.TemporaryDirectory(prefix="dialer-migrations-", ignore_cleanup_errors=True) as folder,
    embedded_postgresql(Path(folder)) as url,
):
    revision = runner.upgrade(url)
    differences = runner.differences(url)
sys.stdout.write(f"migrations: at {revision}, {len(differences)} differences\n")
sys.stdout.writelines(f"  {difference}\n" for difference in differences)
sys.exit(bool(differences))

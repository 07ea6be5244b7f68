#!/usr/bin/env python3
"""Exit with 0 when Airflow calls a part of itself healthy: ``healthy.py scheduler``.

Parts are ``metadatabase``, ``scheduler``, ``dag_processor`` and ``triggerer``. The API server is
asked what each part last wrote into the metadata database: much cheaper than `airflow jobs check`,
which imports all of Airflow each time.
"""

import json
import os
import sys
import urllib.parse
import urllib.request

#: The API server's address, as tasks use it; its monitor is beside the execution API.
execution = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
address = urllib.parse.urljoin(execution, "/api/v2/monitor/health")
with urllib.request.urlopen(address, timeout=8) as answer:  # noqa: S310 - an address of the compose file
    told = json.load(answer)
sys.exit(told[sys.argv[1]]["status"] != "healthy")

"""Counts the spaces of a server with atlassian-python-api, for `run.py`."""

import sys

from atlassian import Confluence

wiki = Confluence(url=sys.argv[1], username="admin", password="secret")
count = start = 0
while True:
    page = wiki.get_all_spaces(start=start, limit=100)
    count += len(page["results"])
    start += 100
    if "next" not in page["_links"]:
        break
print(count)

"""Which operations are worth asking, and with which ids."""

import re

from server import status_of


def known(ids, path, parameter):
    """Ids that fit a parameter: a path value is called by the segment before it, else by its name."""
    name = parameter["name"]
    before = path.split("{%s}" % name)[0].rstrip("/").rsplit("/", 1)[-1]
    return (parameter["in"] == "path" and ids.get(before)) or ids.get(name)


def leave_out(description, server, left_out):
    """Removes the operations that are left out, and those that the server says it does not simulate.

    They are asked for by an id that nothing has, so that asking does no harm.
    """
    for path, item in description["paths"].items():
        for method, operation in list(item.items()):
            address = re.sub(r"\{[^}]*\}", "0", path)
            if operation["operationId"] in left_out or status_of(server, method, address) == 501:
                del item[method]


def count(description):
    return sum(len(item) for item in description["paths"].values())

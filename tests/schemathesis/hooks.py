"""What Schemathesis must not ask: nothing is done to the caller, after which all else would be refused."""

import os

import schemathesis


@schemathesis.hook
def filter_case(context, case):
    values = {**(case.path_parameters or {}), **(case.query or {})}.values()
    return case.method == "GET" or os.environ["CALLER"] not in values

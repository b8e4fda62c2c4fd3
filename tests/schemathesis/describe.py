"""Makes one strict description in JSON out of the YAML files of a service.

The files under spec/ say what an application may rely on. A server that claims to behave like the real
one is held to more: it sends no property that the description does not name, no value that an enum does
not list, and no status of success that the operation does not declare.
"""

import copy
from pathlib import Path

import yaml

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}

# Formats of our own (spec/README.md) and what they mean in plain JSON Schema.
TIME = r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-2][0-9]:?[0-5][0-9])$"
FORMATS = {
    "date-time": {"anyOf": [{"type": "string", "pattern": TIME}, {"type": "integer"}]},
    "number-or-text": {"anyOf": [{"type": "string"}, {"type": "number"}]},
}
PLAIN_FORMATS = {"binary", "email", "int32", "uri", "uuid"}


def describe(folder, failure, anywhere, known):
    """The description of the service in `folder`.

    `failure` is the schema of the service's errors, `anywhere` names the properties that any of its
    objects may have, and `known(path, parameter)` gives values of a parameter that mean something to the
    server.
    """
    description = merge(sorted(Path(folder).glob("*.yaml")))
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        flatten(schema, schemas)
    for schema in list(schemas.values()):
        tell_members_apart(schema, schemas)
    for schema in schemas.values():
        tighten(schema)
        for name in anywhere if schema.get("additionalProperties") is False else ():
            schema["properties"].setdefault(name, {"type": "object"})
    schemas["Failure"] = failure
    for path, item in description["paths"].items():
        for method in METHODS & item.keys():
            operation = item[method]
            operation["parameters"] = parameters(description, path, item, operation, known)
            tighten(operation.get("requestBody", {}))
            operation["responses"] = answers(description, operation["responses"])
        item.pop("parameters", None)
    del description["components"]["parameters"]
    return description


def merge(files):
    """All files in one document: names are unique within a service, so references lose their file."""
    merged = {
        "openapi": "3.0.3",
        "info": {"title": "", "version": ""},
        "paths": {},
        "components": {"schemas": {}, "parameters": {}, "responses": {}},
    }
    for file in files:
        document = yaml.safe_load(file.read_text())
        localise(document)
        merged["info"] = {key: document["info"][key] for key in ("title", "version")}
        for path, item in document["paths"].items():
            add(merged["paths"].setdefault(path, {}), item, f"{file}: {path}")
        for kind, components in merged["components"].items():
            add(components, document.get("components", {}).get(kind, {}), f"{file}: {kind}")
    return merged


def add(target, entries, place):
    for name, value in entries.items():
        if target.setdefault(name, value) != value:
            raise SystemExit(f"{place}: {name} is defined twice")


def localise(node):
    """Takes the file out of every reference."""
    for child in children(node):
        localise(child)
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            node["$ref"] = local(node["$ref"])
        if "mapping" in node:
            node["mapping"] = {tag: local(target) for tag, target in node["mapping"].items()}


def local(reference):
    return "#" + reference.split("#", 1)[1]


def children(node):
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def resolve(node, description):
    """What a node is, or refers to."""
    while "$ref" in node:
        target = description
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def flatten(schema, schemas):
    """Turns inheritance into one object, which alone can be closed."""
    parts = schema.pop("allOf", None)
    if parts is None:
        return
    properties, required = {}, []
    for part in [*parts, {key: schema.get(key, type(empty)()) for key, empty in (("properties", {}), ("required", []))}]:
        part = resolve(part, {"components": {"schemas": schemas}})
        flatten(part, schemas)
        properties |= part.get("properties", {})
        required += part.get("required", [])
    schema |= {"type": "object", "properties": copy.deepcopy(properties), "required": sorted(set(required))}


def tell_members_apart(schema, schemas):
    """Writes a discriminator, which JSON Schema does not know, into the members of its union."""
    if "oneOf" not in schema:
        return
    # Members without a discriminator are tried in order: more than one may fit.
    schema["anyOf"] = schema.pop("oneOf")
    discriminator = schema.pop("discriminator", {})
    tags = {}
    for tag, target in discriminator.get("mapping", {}).items():
        tags.setdefault(target, []).append(tag)
    for target, values in tags.items():
        member = resolve({"$ref": target}, {"components": {"schemas": schemas}})
        name = discriminator["propertyName"]
        member["properties"][name] = {"type": "string", "enum": values}
        member["required"] = sorted({name, *member.get("required", [])})


def tighten(node):
    """Closes objects, lets optional properties be null, and puts formats into plain terms."""
    for child in children(node):
        tighten(child)
    if not isinstance(node, dict):
        return
    if node.get("type") == "string" and isinstance(node.get("format"), str):
        if meaning := FORMATS.get(node["format"]):
            del node["type"], node["format"]
            node |= copy.deepcopy(meaning)
        elif node["format"] not in PLAIN_FORMATS:
            del node["format"]
    if node.get("type") == "object" and isinstance(node.get("properties"), dict):
        node["additionalProperties"] = False
        for name, schema in node["properties"].items():
            if name not in node.get("required", []):
                node["properties"][name] = or_null(schema)


def or_null(schema):
    if "enum" in schema:
        return schema | {"nullable": True, "enum": [*schema["enum"], None]}
    if "type" in schema:
        return schema | {"nullable": True}
    # Beside a reference nothing else counts, and what has no type takes null anyway.
    return {"nullable": True, "allOf": [schema]} if schema.keys() & {"$ref", "anyOf"} else schema


def parameters(description, path, item, operation, known):
    """The parameters of an operation, with values that have a chance to be understood."""
    made = []
    for parameter in item.get("parameters", []) + operation.get("parameters", []):
        parameter = copy.deepcopy(resolve(parameter, description))
        tighten(parameter["schema"])
        values = known(path, parameter) or parameter.get("x-values")
        if values:
            any_other = resolve(parameter["schema"], description)
            parameter["schema"] = sample(any_other, values)
        made.append(parameter)
    for name, value in operation.get("x-header", {}).items():
        made.append({"name": name, "in": "header", "required": True, "schema": {"type": "string", "enum": [value]}})
    return made


def sample(schema, values):
    if schema.get("type") == "array":
        return schema | {"items": sample(schema["items"], values)}
    return {"anyOf": [{"type": schema.get("type", "string"), "enum": list(values)}, schema]}


def suggest(description, values):
    """Adds values to properties, which are named as `Schema.property`."""
    for place, some in values.items():
        schema, name = place.split(".")
        properties = description["components"]["schemas"].get(schema, {}).get("properties", {})
        if name in properties:
            kind = "integer" if isinstance(some[0], int) else "string"
            properties[name] = {"anyOf": [{"type": kind, "enum": some}, properties[name]]}


def answers(description, responses):
    """The declared answers of success, and the one form that every failure has."""
    made = {}
    for status, response in responses.items():
        status = str(status)
        if status[0] in "23":
            made[status] = copy.deepcopy(resolve(response, description))
            tighten(made[status])
            # The description says what a header means, not that it is always sent.
            made[status].pop("headers", None)
    failure = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
    made["4XX"] = {"description": "Refused.", "content": failure}
    # What a simulated server does not simulate.
    made["501"] = {"description": "Not simulated."}
    return made

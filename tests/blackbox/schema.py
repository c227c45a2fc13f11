"""Judges answers by an OpenAPI 3.1 description: as much of JSON Schema as the description uses."""
import datetime
import json
import re
import uuid


class Schema:
    def __init__(self, file):
        with open(file, encoding="utf-8") as source:
            self.all = json.load(source)
        self.paths = []
        for path, methods in self.all["paths"].items():
            pattern = re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
            self.paths.append((path.count("{"), pattern, path, methods))
        self.paths.sort(key=lambda entry: entry[0])
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node and len(node) == 1:
            node = self.look(node["$ref"])
        return node

    def look(self, ref):
        node = self.all
        for part in ref.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def fault(self, method, path, answer):
        for _, pattern, template, methods in self.paths:
            if pattern.match(path):
                operation = methods.get(method.lower())
                if operation is None:
                    return None if answer.status in (404, 405) else f"{method} {template} is not described"
                break
        else:
            return None if answer.status in (404, 405, 421, 414) else "the path is not described"
        if answer.reason in ("MISDIRECTED", "CROSS_SITE", "NOT_FOUND"):
            return None
        responses = operation["responses"]
        response = responses.get(str(answer.status)) or responses.get("default")
        self.seen.add((method.upper(), template, answer.status, answer.reason))
        if response is None:
            return f"status {answer.status} {answer.reason} is not described for {method} {template}"
        kind = (answer.header("content-type") or "").split(";")[0]
        content = self.resolve(response).get("content", {})
        if kind not in content:
            return f"{kind} is not described for {method} {template} {answer.status}"
        return self.judge(answer.json, content[kind].get("schema", {}), "")

    def judge(self, value, schema, at):
        if schema is True or schema == {}:
            return None
        if "$ref" in schema:
            fault = self.judge(value, self.look(schema["$ref"]), at)
            if fault:
                return fault
        if "const" in schema and value != schema["const"]:
            return f"{at}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{at}: {value!r} is none of {schema['enum']}"
        for part in schema.get("allOf", []):
            fault = self.judge(value, part, at)
            if fault:
                return fault
        for word in ("oneOf", "anyOf"):
            if word in schema:
                faults = [self.judge(value, part, at) for part in schema[word]]
                good = sum(fault is None for fault in faults)
                if good == 0 or (word == "oneOf" and good != 1):
                    return f"{at}: {good} of {word} fit {str(value)[:120]}: {[fault for fault in faults if fault][:3]}"
        kinds = schema.get("type")
        if kinds:
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if not any(is_kind(value, kind) for kind in kinds):
                return f"{at}: {str(value)[:80]!r} is no {kinds}"
        if isinstance(value, dict):
            return self.judge_object(value, schema, at)
        if isinstance(value, list) and "items" in schema:
            for number, item in enumerate(value):
                fault = self.judge(item, schema["items"], f"{at}[{number}]")
                if fault:
                    return fault
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                return f"{at}: {value} is out of range"
        if isinstance(value, str):
            return judge_text(value, schema, at)
        return None

    def judge_object(self, value, schema, at):
        for name in schema.get("required", []):
            if name not in value:
                return f"{at}: `{name}` is missing"
        known = schema.get("properties", {})
        for name, inner in value.items():
            if name in known:
                fault = self.judge(inner, known[name], f"{at}.{name}")
            elif isinstance(schema.get("additionalProperties"), dict):
                fault = self.judge(inner, schema["additionalProperties"], f"{at}.{name}")
            elif schema.get("additionalProperties") is False:
                fault = f"{at}: `{name}` is not described"
            else:
                fault = None
            if fault:
                return fault
        return None


def is_kind(value, kind):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    known = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
    return isinstance(value, known[kind])


def judge_text(value, schema, at):
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return f"{at}: length of {value!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{at}: {value!r} does not match {schema['pattern']}"
    try:
        if schema.get("format") == "uuid" and str(uuid.UUID(value)) != value:
            return f"{at}: {value!r} is no UUID in lower case"
        if schema.get("format") == "date":
            datetime.date.fromisoformat(value)
        if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
            return f"{at}: {value!r} is no instant in UTC with milliseconds"
    except ValueError as fault:
        return f"{at}: {fault}"
    return None

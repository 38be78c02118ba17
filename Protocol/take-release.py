#!/usr/bin/env python3
"""Takes the message and record schemas and the error codes of a Kafka release from a folder of its jars.

    Protocol/take-release.py JARS            print what differs between the release in JARS and this folder
    Protocol/take-release.py JARS --write    and make this folder equal to the release

Exit status: 0 nothing differs, 1 something differs (or was written), 2 the folder holds no release.

A release's jars carry their schemas as JSON resources. What is kept here is their structure: names, types, versions,
tags, defaults. Comments and descriptions are dropped. The error codes are constants of a class, so Java reads them.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
# Where the jars of a release keep their schemas.
SCHEMA_FOLDERS = ("common/message/", "common/metadata/", "message/")
WIRE_TYPES = ("request", "response", "header")
PROSE_KEYS = ("about",)
# Comments, or a string literal, which may hold what looks like a comment.
COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def parse_schema(text):
    """The value of a JSON text in the dialect that Kafka's build accepts: comments and trailing commas."""
    text = COMMENT_OR_STRING.sub(lambda m: m.group() if m.group().startswith('"') else " ", text)
    text = TRAILING_COMMA.sub(lambda m: m.group(1) or "", text)
    return json.loads(text)


def without_prose(node):
    if isinstance(node, dict):
        return {key: without_prose(value) for key, value in node.items() if key not in PROSE_KEYS}
    if isinstance(node, list):
        return [without_prose(value) for value in node]
    return node


def format_field(field, indent):
    """One line for a field without fields of its own; else the first line, then a line for each of them."""
    pad = " " * indent
    nested = field.get("fields")
    flat = ", ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in field.items() if k != "fields")
    if nested is None:
        return f"{pad}{{ {flat} }}"
    return f'{pad}{{ {flat}, "fields": {format_fields(nested, indent)} }}'


def format_fields(fields, indent):
    if not fields:
        return "[]"
    return "[\n" + ",\n".join(format_field(f, indent + 2) for f in fields) + "\n" + " " * indent + "]"


def format_schema(schema):
    lines = []
    for key, value in schema.items():
        text = format_fields(value, 2) if key in ("fields", "commonStructs") else json.dumps(value)
        lines.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def kafka_jars(folder):
    return sorted(p for p in folder.glob("*.jar") if p.name.startswith("kafka"))


def release_of(jars):
    for jar in jars:
        match = re.fullmatch(r"kafka-clients-(.+)\.jar", jar.name)
        if match:
            return match.group(1)
    return None


def schemas_of(jars):
    """{path under Protocol/: text} of every schema in the jars."""
    found = {}
    for jar in jars:
        with zipfile.ZipFile(jar) as archive:
            for entry in archive.namelist():
                if not entry.endswith(".json") or not entry.startswith(SCHEMA_FOLDERS):
                    continue
                schema = without_prose(parse_schema(archive.read(entry).decode("utf-8")))
                room = "messages" if schema["type"] in WIRE_TYPES else "records"
                path = f"{room}/{entry.rsplit('/', 1)[1]}"
                text = format_schema(schema)
                if found.setdefault(path, text) != text:
                    sys.exit(f"two different schemas are called {path}")
    return found


def errors_of(folder):
    """The text of errors.json for the release in the folder, or None where there is no Java to read them."""
    try:
        run = subprocess.run(
            ["java", "-cp", f"{folder}/*", str(HERE / "ListErrors.java")], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        return None
    except subprocess.CalledProcessError as failure:
        sys.exit(f"the error codes could not be read:\n{failure.stderr}")
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    lines = [f'  {{ "code": {code}, "name": "{name}", "retriable": {retriable} }}' for code, name, retriable in rows]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def described(field):
    return ", ".join(f"{k} {json.dumps(v)}" for k, v in field.items() if k not in ("name", "fields"))


def field_changes(old, new, path):
    """Lines that say which fields came, went or changed, `path` naming the struct they belong to."""
    before = {f["name"]: f for f in old or []}
    after = {f["name"]: f for f in new or []}
    for name in before.keys() - after.keys():
        yield f"    - {path}{name}"
    for name, field in after.items():
        if name not in before:
            yield f"    + {path}{name}: {described(field)}"
            continue
        if described(before[name]) != described(field):
            yield f"    ~ {path}{name}: {described(before[name])} -> {described(field)}"
        yield from field_changes(before[name].get("fields"), field.get("fields"), f"{path}{name}.")


def schema_changes(old_text, new_text):
    old, new = json.loads(old_text), json.loads(new_text)
    for key in {**old, **new}:
        if key not in ("fields", "commonStructs") and old.get(key) != new.get(key):
            yield f"    ~ {key}: {json.dumps(old.get(key))} -> {json.dumps(new.get(key))}"
    yield from field_changes(old.get("fields"), new.get("fields"), "")
    yield from field_changes(old.get("commonStructs"), new.get("commonStructs"), "")


def error_changes(old_text, new_text):
    old = {e["code"]: e for e in json.loads(old_text)}
    new = {e["code"]: e for e in json.loads(new_text)}
    for code in sorted(old.keys() | new.keys()):
        if old.get(code) != new.get(code):
            yield f"    ~ {code}: {json.dumps(old.get(code))} -> {json.dumps(new.get(code))}"


def report(path, old, new):
    """Prints what differs in one file. `None` stands for a file that is not there."""
    if old is None:
        print(f"+ {path}")
    elif new is None:
        print(f"- {path}")
    else:
        print(f"~ {path}")
        lines = list(error_changes(old, new) if path == "errors.json" else schema_changes(old, new))
        print("\n".join(lines or ["    ~ the text alone differs"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jars", type=pathlib.Path, help="the folder of a release that holds kafka-clients-*.jar")
    parser.add_argument("--write", action="store_true", help="make this folder equal to the release")
    options = parser.parse_args()

    jars = kafka_jars(options.jars)
    release = release_of(jars)
    if release is None:
        print(f"no kafka-clients-*.jar in {options.jars}", file=sys.stderr)
        return 2
    theirs = schemas_of(jars)
    errors = errors_of(options.jars)
    if errors is None:
        print("no java on the PATH: the error codes were not compared", file=sys.stderr)
    else:
        theirs["errors.json"] = errors
    kept = [p for room in ("messages", "records") for p in sorted((HERE / room).glob("*.json"))]
    if errors is not None and (HERE / "errors.json").exists():
        kept.append(HERE / "errors.json")
    ours = {p.relative_to(HERE).as_posix(): p.read_text() for p in kept}

    changed = [path for path in sorted(ours.keys() | theirs.keys()) if ours.get(path) != theirs.get(path)]
    for path in changed:
        report(path, ours.get(path), theirs.get(path))
        if options.write:
            target = HERE / path
            if path in theirs:
                target.parent.mkdir(exist_ok=True)
                target.write_text(theirs[path])
            else:
                target.unlink()
    upstream = HERE / "UPSTREAM"
    named = upstream.read_text().split("\n", 1)[0] if upstream.exists() else ""
    if named != f"Apache Kafka {release}":
        print(f"~ UPSTREAM: {named or 'missing'} -> Apache Kafka {release}")
        if options.write and upstream.exists():
            upstream.write_text(f"Apache Kafka {release}\n" + upstream.read_text().split("\n", 1)[1])
        changed.append("UPSTREAM")
    print(f"Apache Kafka {release}: {len(theirs)} files compared, {len(changed)} differ")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())

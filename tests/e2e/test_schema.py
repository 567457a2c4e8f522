# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""`imagectl schema` says what a declaration may be: no more than imaged takes, and hardly less than it refuses."""

import json
import subprocess

import jsonschema
import pytest
import yaml

import harness


class Loader(yaml.SafeLoader):
    """As editors read YAML: version 1.2, which knows no dates and takes `no` for a text."""


Loader.yaml_implicit_resolvers = {
    letter: [each for each in resolvers if each[0] not in ("tag:yaml.org,2002:timestamp",)]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

COPY = "name: web-base\nsource_image_id: ami-51459d59\nsource_region_name: cloudgouv-eu-west-1\n"
VM = "name: web-base\nvm_id: i-b121616e\n"
REGISTERED = "name: web-base\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"

GOOD = [
    VM + "no_reboot: 'true'\n",
    VM + "lifecycle: {on_remove: keep, timeout: 2h, keep_previous: 0, max_attempts: '3'}\n",
    VM + "access: inherit\n",
    VM + "tags: {Name: My Image, build: 0123, when: 2026-11-25, answer: no, none: ~, 7: x}\n",
    VM + "tags: [{key: Name, value: ''}]\n",
    COPY + "product_codes: ['0001', 0002]\n",
    COPY.replace("ami-51459d59", "{name: 'Debian-12-*', public: true, newest: true, follow: true}"),
    COPY.replace("ami-51459d59", "{declared: other image}"),
    COPY.replace("web-base", "web-{digest}"),
    "source_image_id: {tags: {role: base}}\nsource_region_name: cloudgouv-eu-west-1\n",
    "name: 20261125\nvm_id: {name: builder-*}\n",
    REGISTERED + "- {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {role: disk}}}}\narchitecture: x84_64\n",
    REGISTERED + "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1, volume_size: 10, volume_type: io1, iops: 3000}}\n"
    "- {device_name: /dev/xvdba, virtual_device_name: ephemeral12}\n",
]

BAD = [
    "name: web-base\n",
    COPY + "vm_id: i-b121616e\n",
    "name: web-base\nsource_image_id: ami-51459d59\n",
    VM + "architecture: x86_64\n",
    VM + "source_region_name: cloudgouv-eu-west-1\n",
    VM + "id: ami-51459d59\n",
    VM + "nmae: x\n",
    VM + "no_reboot: yes please\n",
    VM + "access: private\n",
    VM + "access: {is_public: maybe}\n",
    VM + "access: {inherit: true}\n",
    VM + "tags: {imaged.owner: me}\n",
    VM + "tags: [{key: a}]\n",
    VM + "tags: {a: {b: c}}\n",
    VM + f"tags: {{a: {'x' * 256}}}\n",
    VM + "lifecycle: {on_remove: destroy}\n",
    VM + "lifecycle: {timeout: 90}\n",
    VM + "lifecycle: {max_attempts: 0}\n",
    VM + "lifecycle: {keep_previous: -1}\n",
    VM.replace("web-base", "we"),
    VM.replace("web-base", "web_base!"),
    VM.replace("web-base", "'{digest}'"),
    VM.replace("web-base", "w{digest}{digest}"),
    VM.replace("i-b121616e", "ami-51459d59"),
    VM.replace("i-b121616e", "{}"),
    VM.replace("i-b121616e", "{name: b, newest: true}"),
    COPY.replace("ami-51459d59", "{public: true}"),
    COPY + "product_codes: ['a b']\n",
    REGISTERED + "  []\n",
    REGISTERED + "- {device_name: /dev/sda2, bsu: {snapshot_id: snap-1}}\n",
    REGISTERED + "- {device_name: /dev/sda1}\n",
    REGISTERED + "- {bsu: {snapshot_id: snap-1}}\n",
    REGISTERED + "- {device_name: /dev/sda1, bsu: {volume_type: gp2}}\n",
    REGISTERED + "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1, iops: 100}}\n",
    REGISTERED + "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1, volume_type: io1}}\n",
    REGISTERED + "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1, volume_type: magnetic}}\n",
    REGISTERED.replace("root_device_name: /dev/sda1\n", "")
    + "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1}}\n",
]


def imagectl(*arguments, given=None):
    return subprocess.run(
        [str(harness.program("imagectl")), *arguments],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=harness.LIMIT,
        check=False,
    )


@pytest.fixture(scope="module")
def validator():
    result = imagectl("schema")
    assert result.returncode == 0 and result.stderr == ""
    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def documents(text):
    """The documents as JSON has them: keys are texts."""
    return [json.loads(json.dumps(each)) for each in yaml.load_all(text, Loader)]


def imaged_takes(text):
    result = imagectl("validate", "-", given=text)
    assert result.returncode in (0, 2), result.stderr
    return result.returncode == 0


@pytest.mark.parametrize("text", GOOD)
def test_both_take_what_is_right(validator, text):
    text = text if "name:" in text.split("\n")[0] else "name: named\n" + text
    assert imaged_takes(text)
    for each in documents(text):
        validator.validate(each)


@pytest.mark.parametrize("text", BAD)
def test_both_refuse_what_is_wrong(validator, text):
    assert not imaged_takes(text)
    assert not all(validator.is_valid(each) for each in documents(text))


def test_the_schema_takes_the_examples(validator):
    files = sorted((harness.TOP / "examples").glob("*.yaml"))
    assert files
    for file in files:
        for each in documents(file.read_text()):
            validator.validate(each)


def test_the_schema_takes_each_file_of_the_cases_that_imaged_takes(validator, shared):
    taken = 0
    for file in sorted((shared / "cases" / "declarations").glob("*.yaml")):
        result = imagectl("validate", str(file))
        try:
            read = documents(file.read_text(encoding="utf-8-sig"))
        except (yaml.YAMLError, ValueError):
            assert result.returncode == 2, file
            continue
        if result.returncode == 0:
            taken += 1
            for each in read:
                validator.validate(each)
    assert taken >= 4

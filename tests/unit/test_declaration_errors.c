// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Each constraint of a declaration: the text that breaks it, and where and how that is told.
#include "config.h"

#include "declaration_fixture.h"

// Good by itself, to be followed by what a row is about.
#define VM       "name: abc\nvm_id: i-b121616e\nno_reboot: true\n"
#define COPY     "name: abc\nsource_region_name: here\naccess: {}\n"
#define REGISTER "name: abc\nroot_device_name: /dev/sda1\narchitecture: x86_64\n"
#define DEVICES  REGISTER "block_device_mappings:\n"
#define ROOT     "  - {device_name: /dev/sda1, bsu: {snapshot_id: snap-1}}\n"
#define BSU      DEVICES "  - device_name: /dev/sda1\n    bsu: "
#define ERROR(line, column)                                                                        \
    SEVERITY_ERROR,                                                                                \
    {                                                                                              \
        line, column                                                                               \
    }
#define LONG                                                                                       \
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"                               \
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVW" // 121 characters
#define TEN        "a, a, a, a, a, a, a, a, a, a, "
#define MANY       TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "a" // 101 items
#define ROWS(rows) rows, sizeof(rows) / sizeof(rows[0])

static const struct expectation keys[] = {
    {VM "tgas: {a: b}\n", ERROR(4, 1), "tgas", "did you mean tags?"},
    {VM "acess: {}\n", ERROR(4, 1), "acess", "did you mean access?"},
    {VM "productCodes: []\n", ERROR(4, 1), "productCodes", "did you mean product_codes?"},
    {VM "product-codes: []\n", ERROR(4, 1), "product-codes", "did you mean product_codes?"},
    {VM "on_remove: keep\n", ERROR(4, 1), "on_remove", "did you mean lifecycle.on_remove?"},
    {VM "isPublic: true\n", ERROR(4, 1), "isPublic", "did you mean access.is_public?"},
    {VM "lifecycle: {onremove: keep}\n", ERROR(4, 13), "lifecycle.onremove", "on_remove?"},
    {VM "xyzzy: 1\n", ERROR(4, 1), "xyzzy", "known here are name, description"},
    {VM "access: {xyzzy: 1}\n", ERROR(4, 10), "access.xyzzy", "known here are is_public"},
    {VM "id: ami-1\n", ERROR(4, 1), "id", "cannot be declared"},
    {VM "state: available\n", ERROR(4, 1), "state", "cannot be declared"},
    {VM "access: {inherit: true}\n", ERROR(4, 10), "access.inherit", "write: access: inherit"},
    {VM "no_reboot: true\n", ERROR(4, 1), "no_reboot", "line 3, column 1"},
    {VM "tags: {a: b, a: c}\n", ERROR(4, 14), "tags.a", "line 4, column 8"},
    {VM "? [a]\n: b\n", ERROR(4, 3), "", "a key must be a single text"},
};

static const struct expectation types[] = {
    {"- a\n", ERROR(1, 1), "", "found a list; a declaration must be a mapping"},
    {"text\n", ERROR(1, 1), "", "found \"text\""},
    {"~\n", ERROR(1, 1), "", "found \"~\""},
    {VM "description: [a]\n", ERROR(4, 14), "description", "found a list; must be a single text"},
    {VM "description: {a: b}\n", ERROR(4, 14), "description", "found a mapping"},
    {VM "access: true\n", ERROR(4, 9), "access", "a mapping, or the word inherit"},
    {VM "access: {is_public: yes}\n", ERROR(4, 21), "access.is_public", "did you mean true?"},
    {VM "access: {is_public: False}\n", ERROR(4, 21), "access.is_public", "did you mean false?"},
    {VM "access: {is_public: 0}\n", ERROR(4, 21), "access.is_public", "did you mean false?"},
    {VM "access: {is_public: maybe}\n", ERROR(4, 21), "access.is_public",
        "found \"maybe\"; must be true or false"},
    {VM "access: {is_public: ~}\n", ERROR(4, 21), "access.is_public", "found \"~\""},
    {VM "access: {is_public: [true]}\n", ERROR(4, 21), "access.is_public", "found a list"},
    {VM "lifecycle: []\n", ERROR(4, 12), "lifecycle", "must be a mapping"},
    {VM "lifecycle: {on_remove: kept}\n", ERROR(4, 24), "lifecycle.on_remove",
        "delete or keep; did you mean keep?"},
    {VM "lifecycle: {adopt: perhaps}\n", ERROR(4, 20), "lifecycle.adopt",
        "never, if_equal or always"},
    {VM "lifecycle: {adopt: [never]}\n", ERROR(4, 20), "lifecycle.adopt",
        "found a list; must be never"},
    {VM "lifecycle: {tags_policy: extact}\n", ERROR(4, 26), "lifecycle.tags_policy", "mean exact?"},
    {VM "product_codes: a\n", ERROR(4, 16), "product_codes", "found \"a\"; must be a list"},
    {VM "product_codes: [" MANY "]\n", ERROR(4, 16), "product_codes", "must have at most"},
    {VM "product_codes: [[a]]\n", ERROR(4, 17), "product_codes[0]", "found a list"},
    {VM "product_codes: [a, \"b c\"]\n", ERROR(4, 20), "product_codes[1]", "a product code"},
    {VM "product_codes:\n- a\n-\n", ERROR(6, 2), "product_codes[1]", "found nothing"},
};

static const struct expectation numbers[] = {
    {BSU "{snapshot_id: snap-1, volume_size: ten}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "a whole number"},
    {BSU "{snapshot_id: snap-1, volume_size: 010}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "a whole number"},
    {BSU "{snapshot_id: snap-1, volume_size: 1e3}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "a whole number"},
    {BSU "{snapshot_id: snap-1, volume_size: 0x1f}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "a whole number"},
    {BSU "{snapshot_id: snap-1, volume_size: 1.0}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "a whole number"},
    {BSU "{snapshot_id: snap-1, volume_size: +1}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "a whole number"},
    {BSU "{snapshot_id: snap-1, volume_size: 0}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "at least 1"},
    {BSU "{snapshot_id: snap-1, volume_size: -5}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "at least 1"},
    {BSU "{snapshot_id: snap-1, volume_size: 9223372036854775808}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "at most 18 digits"},
    {BSU "{snapshot_id: snap-1, volume_size: -9223372036854775809}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "at least 1"},
    {VM "lifecycle: {max_attempts: 1000001}\n", ERROR(4, 27), "lifecycle.max_attempts",
        "at most 1000000"},
    {VM "lifecycle: {max_attempts: 99999999999999999999}\n", ERROR(4, 27), "lifecycle.max_attempts",
        "at most 1000000"},
    {VM "lifecycle: {keep_previous: -1}\n", ERROR(4, 28), "lifecycle.keep_previous", "at least 0"},
    {VM "lifecycle: {timeout: 90}\n", ERROR(4, 22), "lifecycle.timeout", "write 90s for seconds"},
    {VM "lifecycle: {timeout: 90 s}\n", ERROR(4, 22), "lifecycle.timeout", "such as 90s"},
    {VM "lifecycle: {timeout: 1h30m}\n", ERROR(4, 22), "lifecycle.timeout",
        "a whole number and a unit"},
    {VM "lifecycle: {timeout: 999ms}\n", ERROR(4, 22), "lifecycle.timeout", "at least 1s"},
    {VM "lifecycle: {timeout: 9223372036854775807d}\n", ERROR(4, 22), "lifecycle.timeout",
        "a shorter time"},
    {VM "lifecycle: {timeout: [1s]}\n", ERROR(4, 22), "lifecycle.timeout", "found a list"},
};

static const struct expectation names[] = {
    {"name: ab\nvm_id: i-1\n", ERROR(1, 7), "name", "3 to 128"},
    {"name: \"\"\nvm_id: i-1\n", ERROR(1, 7), "name", "3 to 128"},
    {"name: caf\xc3\xa9\nvm_id: i-1\n", ERROR(1, 7), "name",
        "found \"caf\xc3\xa9\"; must be 3 to 128"},
    {"name: \"{digest}\"\nvm_id: i-1\n", ERROR(1, 7), "name", "more than {digest}"},
    {"name: a-{digest}-{digest}\nvm_id: i-1\n", ERROR(1, 7), "name", "at most once"},
    {"name: a-{other}\nvm_id: i-1\n", ERROR(1, 7), "name", "3 to 128"},
    {"name: " LONG "12345678\nvm_id: i-1\n", ERROR(1, 7), "name", "3 to 128"},
    {"name: " LONG "{digest}\nvm_id: i-1\n", ERROR(1, 7), "name", "3 to 128"},
    {"name: [a]\nvm_id: i-1\n", ERROR(1, 7), "name", "found a list"},
    {"nmae: abc\nvm_id: i-1\n", ERROR(1, 1), "nmae", "did you mean name?"},
    {"vm_id: i-1\n---\nname: abc\nvm_id: i-1\n", ERROR(1, 1), "name",
        "required in a file of several"},
};

static const struct expectation ids[] = {
    {COPY "source_image_id: i-b121616e\n", ERROR(4, 18), "source_image_id",
        "an image's id, such as ami-51459d59, or a mapping that finds one; this is a VM's"},
    {COPY "source_image_id: snap-1\n", ERROR(4, 18), "source_image_id", "this is a snapshot's"},
    {COPY "source_image_id: Debian-12\n", ERROR(4, 18), "source_image_id",
        "found \"Debian-12\"; must be an image's id"},
    {COPY "source_image_id: ami-1!\n", ERROR(4, 18), "source_image_id", "must be an image's id"},
    {COPY "source_image_id: i-1!\n", ERROR(4, 18), "source_image_id", "must be an image's id"},
    {COPY "source_image_id: ami-\n", ERROR(4, 18), "source_image_id", "must be an image's id"},
    {COPY "source_image_id: [ami-1]\n", ERROR(4, 18), "source_image_id", "a single id"},
    {"name: abc\nvm_id: ami-1\nno_reboot: true\n", ERROR(2, 8), "vm_id", "this is an image's"},
    {BSU "{snapshot_id: vol-1}\n", ERROR(6, 24), "block_device_mappings[0].bsu.snapshot_id",
        "a snapshot's id, such as snap-5ee113a6, or a mapping that finds one; this is a volume's"},
    {"name: abc\nsource_image_id: ami-1\naccess: {}\nsource_region_name: \"\"\n", ERROR(4, 21),
        "source_region_name", "a region's name"},
    {"name: abc\nsource_image_id: ami-1\naccess: {}\nsource_region_name: eu west\n", ERROR(4, 21),
        "source_region_name", "a region's name"},
};

static const struct expectation selectors[] = {
    {COPY "source_image_id: {}\n", ERROR(4, 18), "source_image_id", "finds nothing"},
    {COPY "source_image_id: {newest: true}\n", ERROR(4, 18), "source_image_id", "finds nothing"},
    {COPY "source_image_id: {public: true}\n", ERROR(4, 18), "source_image_id", "`public` alone"},
    {COPY "source_image_id: {id: ami-1, name: x}\n", ERROR(4, 30), "source_image_id.name",
        "not together with id"},
    {COPY "source_image_id: {declared: xyz, newest: true}\n", ERROR(4, 34),
        "source_image_id.newest", "not together with declared"},
    {COPY "source_image_id: {declared: abc}\n", ERROR(4, 19), "source_image_id.declared",
        "its own source"},
    {"source_region_name: here\naccess: {}\nsource_image_id: {declared: file}\n", ERROR(3, 19),
        "source_image_id.declared", "its own source"},
    {COPY "source_image_id: {declared: x}\n", ERROR(4, 29), "source_image_id.declared", "3 to 128"},
    {COPY "source_image_id: {name: \"\"}\n", ERROR(4, 25), "source_image_id.name", "at least 1"},
    {COPY "source_image_id: {tags: {}}\n", ERROR(4, 25), "source_image_id.tags", "at least 1"},
    {COPY "source_image_id: {declared: x-y, follow: true, newest: true}\n", ERROR(4, 48),
        "source_image_id.newest", "not together with declared"},
    {COPY "source_image_id: {id: ami-1, follow: true}\n", ERROR(4, 30), "source_image_id.follow",
        "not together with id"},
    {COPY "source_image_id: {nam: x, tags: {a: b}}\n", ERROR(4, 19), "source_image_id.nam",
        "did you mean name?"},
    {"name: abc\nvm_id: {declared: xyz}\nno_reboot: true\n", ERROR(2, 9), "vm_id.declared",
        "unknown field"},
};

static const struct expectation tags[] = {
    {VM "tags: text\n", ERROR(4, 7), "tags", "a mapping of tags, or a list of {key, value}"},
    {VM "tags: {a: }\n", ERROR(4, 11), "tags.a", "write \"\" for an empty one"},
    {VM "tags: {a: [b]}\n", ERROR(4, 11), "tags.a", "found a list; must be a single text"},
    {VM "tags: {\"\": b}\n", ERROR(4, 8), "tags.", "1 to 128 characters"},
    {VM "tags: {imaged.owner: b}\n", ERROR(4, 8), "tags.imaged.owner", "imaged's own"},
    {VM "tags: {a: \"b\\nc\"}\n", ERROR(4, 11), "tags.a", "found \"b\\nc\"; must be of printable"},
    {VM "tags: {\"a\\x07\": b}\n", ERROR(4, 8), "tags.a?",
        "found \"a\\x07\"; must be of printable"},
    {VM "tags: {a: \"b\\Pc\"}\n", ERROR(4, 11), "tags.a", "of printable"},
    {VM "tags: {a: \"b\\u0085c\"}\n", ERROR(4, 11), "tags.a", "of printable"},
    {VM "tags: {a: \"b\\Lc\"}\n", ERROR(4, 11), "tags.a", "of printable"},
    {VM "tags: [{key: a}]\n", ERROR(4, 8), "tags[0]", "the tag has no value"},
    {VM "tags: [{value: a}]\n", ERROR(4, 8), "tags[0]", "the tag has no key"},
    {VM "tags: [a]\n", ERROR(4, 8), "tags[0]", "a mapping {key"},
    {VM "tags: [{kye: a, value: b}]\n", ERROR(4, 9), "tags[0].kye", "did you mean key?"},
    {VM "tags: [{key: a, value: b, extra: c}]\n", ERROR(4, 27), "tags[0].extra",
        "known here are key, value"},
    {VM "tags: [{key: a, value: b}, {key: a, value: c}]\n", ERROR(4, 34), "tags[1]",
        "given twice: here, and at line 4, column 14"},
    {VM "tags: [{key: [a], value: b}, {key: c, value: d}]\n", ERROR(4, 14), "tags[0]",
        "found a list"},
    {VM "tags: [{key: [a], value: b}]\n", ERROR(4, 14), "tags[0]", "found a list"},
};

static const struct expectation sources[] = {
    {"name: abc\n", ERROR(1, 1), "", "the image has no source; give one of source_image_id"},
    {"name: abc\nvm_id:\n", ERROR(1, 1), "", "the image has no source"},
    {"name: abc\nvmid: i-1\n", ERROR(2, 1), "vmid", "did you mean vm_id?"},
    {VM "source_image_id: ami-1\n", ERROR(4, 1), "source_image_id",
        "found vm_id (line 2, column 1), source_image_id (line 4, column 1)"},
    {VM "source_image_id: ami-1\nblock_device_mappings:\n" ROOT, ERROR(5, 1),
        "block_device_mappings", "exactly one source"},
    {VM "source_image_id:\nblock_device_mappings:\n" ROOT, ERROR(5, 1), "block_device_mappings",
        "found vm_id (line 2, column 1), block_device_mappings (line 5, column 1)"},
    {VM "source_region_name: here\n", ERROR(4, 1), "source_region_name",
        "only for an image copied from another (source_image_id); "
        "this one is made from a VM, by vm_id"},
    {VM "root_device_name: /dev/sda1\n", ERROR(4, 1), "root_device_name",
        "only for an image registered from snapshots"},
    {VM "architecture: x86_64\n", ERROR(4, 1), "architecture",
        "only for an image registered from snapshots"},
    {COPY "source_image_id: ami-1\nno_reboot: true\n", ERROR(5, 1), "no_reboot",
        "only for an image made from a VM"},
    {"name: abc\nsource_image_id: ami-1\naccess: {}\n", ERROR(1, 1), "source_region_name",
        "required with source_image_id"},
    {"name: abc\nsource_image_id: ami-1\naccess: {}\nsourceregion_name: x\n", ERROR(4, 1),
        "sourceregion_name", "did you mean source_region_name?"},
};

static const struct expectation devices[] = {
    {REGISTER "architecture: arm64\nblock_device_mappings:\n" ROOT, ERROR(4, 1), "architecture",
        "line 3, column 1"},
    {"name: abc\nroot_device_name: /dev/sda1\narchitecture: arm64\nblock_device_mappings:\n" ROOT,
        ERROR(3, 15), "architecture", "found \"arm64\"; must be x86_64 or i386"},
    {"name: abc\narchitecture: x86_64\nblock_device_mappings:\n" ROOT, ERROR(1, 1),
        "root_device_name", "required with block_device_mappings"},
    {REGISTER "block_device_mappings: []\n", ERROR(4, 24), "block_device_mappings",
        "has 0 items; must have at least 1"},
    {REGISTER "block_device_mappings: {a: b}\n", ERROR(4, 24), "block_device_mappings",
        "a list of mappings, each begun with `- `"},
    {DEVICES ROOT "  - text\n", ERROR(6, 5), "block_device_mappings[1]", "a mapping of fields"},
    {DEVICES ROOT "  - {bsu: {volume_size: 1}}\n", ERROR(6, 5),
        "block_device_mappings[1].device_name", "required"},
    {DEVICES ROOT "  - {deviceName: /dev/sdb, bsu: {volume_size: 1}}\n", ERROR(6, 6),
        "block_device_mappings[1].deviceName", "did you mean device_name?"},
    {DEVICES ROOT "  - {device_name: /dev/sdb}\n", ERROR(6, 5), "block_device_mappings[1]",
        "give bsu: {snapshot_id"},
    {DEVICES ROOT
        "  - {device_name: /dev/sdb, bsu: {volume_size: 1}, virtual_device_name: ephemeral0}\n",
        ERROR(6, 52), "block_device_mappings[1].virtual_device_name", "not together with bsu"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, virtual_device_name: ephemeral1x}\n", ERROR(6, 50),
        "block_device_mappings[1].virtual_device_name", "such as ephemeral0"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, virtual_device_name: ephemeral123}\n", ERROR(6, 50),
        "block_device_mappings[1].virtual_device_name", "such as ephemeral0"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, bus: {volume_size: 1}}\n", ERROR(6, 29),
        "block_device_mappings[1].bus", "did you mean bsu?"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, virtual_device_nam: ephemeral0}\n", ERROR(6, 29),
        "block_device_mappings[1].virtual_device_nam", "did you mean virtual_device_name?"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, bsu: {snapshotid: snap-1}}\n", ERROR(6, 35),
        "block_device_mappings[1].bsu.snapshotid", "did you mean snapshot_id?"},
    {BSU "{snapshot_id: snap-1, volume_type: io1, iosp: 100}\n", ERROR(6, 50),
        "block_device_mappings[0].bsu.iosp", "did you mean iops?"},
    {DEVICES "  - {device_name: /dev/sda1, virtual_device_name: ephemeral0}\n", ERROR(5, 5),
        "block_device_mappings[0].bsu.snapshot_id", "the root device is made from a snapshot"},
    {DEVICES ROOT "  - {device_name: /dev/sd1, bsu: {volume_size: 1}}\n", ERROR(6, 19),
        "block_device_mappings[1].device_name", "found \"/dev/sd1\""},
    {DEVICES ROOT "  - {device_name: /dev/sdB, bsu: {volume_size: 1}}\n", ERROR(6, 19),
        "block_device_mappings[1].device_name", "found \"/dev/sdB\""},
    {DEVICES ROOT "  - {device_name: \"/dev/sd{\", bsu: {volume_size: 1}}\n", ERROR(6, 19),
        "block_device_mappings[1].device_name", "found \"/dev/sd{\""},
    {BSU "{snapshot_id: snap-1, volume_size: [1]}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_size", "found a list; must be a whole number"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, virtual_device_name: ephemeral}\n", ERROR(6, 50),
        "block_device_mappings[1].virtual_device_name", "such as ephemeral0"},
    {DEVICES ROOT "  - {device_name: /dev/sdaa, bsu: {volume_size: 1}}\n", ERROR(6, 19),
        "block_device_mappings[1].device_name", "found \"/dev/sdaa\""},
    {DEVICES ROOT "  - {device_name: /dev/sdbab, bsu: {volume_size: 1}}\n", ERROR(6, 19),
        "block_device_mappings[1].device_name", "found \"/dev/sdbab\""},
    {DEVICES ROOT ROOT, ERROR(6, 19), "block_device_mappings[1].device_name",
        "/dev/sda1 is given twice: here, and at line 5, column 19"},
    {DEVICES "  - {device_name: /dev/sdb, bsu: {snapshot_id: snap-1}}\n", ERROR(2, 1),
        "root_device_name", "/dev/sda1 is none of the devices"},
    {"name: abc\nroot_device_name: /dev/sdb\narchitecture: x86_64\nblock_device_mappings:\n" ROOT,
        ERROR(2, 19), "root_device_name", "found \"/dev/sdb\"; must be /dev/sda1"},
    {DEVICES "  - {device_name: /dev/sda, bsu: {snapshot_id: snap-1}}\n", ERROR(5, 19),
        "block_device_mappings[0].device_name", "found \"/dev/sda\""},
    {BSU "{volume_size: 5}\n", ERROR(5, 5), "block_device_mappings[0].bsu.snapshot_id",
        "the root device is made from a snapshot"},
    {DEVICES ROOT "  - {device_name: /dev/sdb, bsu: {volume_type: gp2}}\n", ERROR(6, 34),
        "block_device_mappings[1].bsu", "give snapshot_id, or volume_size"},
    {BSU "{snapshot_id: snap-1, iops: 100}\n", ERROR(6, 32), "block_device_mappings[0].bsu.iops",
        "only with volume_type: io1; found none, which is standard"},
    {BSU "{snapshot_id: snap-1, volume_type: gp2, iops: 100}\n", ERROR(6, 50),
        "block_device_mappings[0].bsu.iops", "only with volume_type: io1; found gp2"},
    {BSU "{snapshot_id: snap-1, volume_type: ioo1, iops: 100}\n", ERROR(6, 45),
        "block_device_mappings[0].bsu.volume_type", "did you mean io1?"},
    {BSU "{snapshot_id: snap-1, volume_type: io1}\n", ERROR(6, 10),
        "block_device_mappings[0].bsu.iops", "required with volume_type: io1"},
    {BSU "{snapshot_id: snap-1, volume_type: io1, iops: 13001}\n", ERROR(6, 56),
        "block_device_mappings[0].bsu.iops", "at most 13000"},
    {BSU "{snapshot_id: snap-1, volume_type: io1, volume_size: 10, iops: 3001}\n", ERROR(6, 67),
        "block_device_mappings[0].bsu.iops", "at most 300 for each of the 10 GiB, 3000"},
};

static const struct expectation warnings[] = {
    {"name: abc\nsource_image_id: ami-1\nsource_region_name: x\nacess: {}\n", // one error says it
        .severity = SEVERITY_WARNING},
    {"name: abc\nvm_id: i-1\n", SEVERITY_WARNING, {1, 1}, "no_reboot",
        "shut down and started again"},
    {"name: abc\nsource_image_id: ami-1\nsource_region_name: x\n", SEVERITY_WARNING, {1, 1},
        "access", "made private even if"},
    {"name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n" ROOT, SEVERITY_WARNING,
        {1, 1}, "architecture", "registered as i386"},
    {"name: abc\nroot_device_name: /dev/sda1\narchitecture: x84_64\nblock_device_mappings:\n" ROOT,
        SEVERITY_WARNING, {3, 15}, "architecture", "x84_64 is taken as x86_64"},
    {VM "lifecycle: {keep_previous: 1}\n", SEVERITY_WARNING, {4, 13}, "lifecycle.keep_previous",
        "no effect without {digest}"},
};

// Nothing to complain of: neither error nor warning.
static const char *const good[] = {
    VM "root_device_name:\n",
    "vm_id: i-1\nno_reboot: true\nlifecycle: {keep_previous: 2}\n",
    VM,
    VM "description:\ntags:\naccess:\nlifecycle:\n",
    "name: " LONG "1234567\nvm_id: i-1\nno_reboot: true\n",
    "name: a{digest}\nvm_id: i-1\nno_reboot: true\n",
    VM "access: inherit\n",
    VM "tags: {}\nproduct_codes: []\naccess: {}\n",
    VM "description: \"\"\nlifecycle: {timeout: 1d, max_attempts: 1}\n",
    "name: \"a-{digest}\"\nvm_id: i-1\nno_reboot: true\nlifecycle: {keep_previous: 0}\n",
    COPY "source_image_id: ami-1\n",
    COPY "source_image_id: {name: \"Debian-*\", public: true, newest: true, follow: true}\n",
    COPY "source_image_id: {declared: xyz, follow: true}\n",
    COPY "source_image_id: {tags: {imaged.name: x}}\n",
    "name: abc\nvm_id: {name: \"builder-*\", tags: {a: b}}\nno_reboot: false\n",
    DEVICES ROOT,
    DEVICES ROOT "  - {device_name: /dev/xvdzz, virtual_device_name: ephemeral12}\n",
    DEVICES ROOT "  - {device_name: /dev/sdba, bsu: {volume_size: 9223372036854775807, "
                 "volume_type: io1, iops: 13000}}\n",
    BSU "{snapshot_id: snap-1, volume_type: io1, volume_size: 10, iops: 3000}\n",
    BSU "{snapshot_id: snap-1, volume_type: io1, iops: 13000}\n",
    "!!map\n? name\n: !!str abc\nvm_id: !!str i-1\nno_reboot: !!bool true\n",
};

static void test_keys(void **state)
{
    (void)state;
    expect_all(ROWS(keys));
}

static void test_types(void **state)
{
    (void)state;
    expect_all(ROWS(types));
}

static void test_numbers(void **state)
{
    (void)state;
    expect_all(ROWS(numbers));
}

static void test_names(void **state)
{
    (void)state;
    expect_all(ROWS(names));
}

static void test_ids(void **state)
{
    (void)state;
    expect_all(ROWS(ids));
    expect_all(ROWS(selectors));
}

static void test_tags(void **state)
{
    (void)state;
    expect_all(ROWS(tags));
}

static void test_sources(void **state)
{
    (void)state;
    expect_all(ROWS(sources));
}

static void test_devices(void **state)
{
    (void)state;
    expect_all(ROWS(devices));
}

static void test_warnings(void **state)
{
    (void)state;
    expect_all(ROWS(warnings));
}

static void test_good(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const struct expectation no_error = {good[i], .severity = SEVERITY_ERROR};
        const struct expectation no_warning = {good[i], .severity = SEVERITY_WARNING};
        failed += !leads_to(&no_error);
        failed += !leads_to(&no_warning);
    }
    assert_int_equal(failed, 0);
}

// A tag's bounds count characters, and so many tags are too many.
static void test_tag_bounds(void **state)
{
    (void)state;
    static const struct {
        size_t key, value, count;
        bool good;
    } rows[] = {{128, 255, 1, true}, {129, 1, 1, false}, {1, 256, 1, false}, {1, 0, 1, true},
        {1, 1, 48, true}, {1, 1, 49, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text yaml = {0};
        text_append(&yaml, VM "tags:\n");
        for (size_t tag = 0; tag < rows[i].count; tag++) {
            text_append(&yaml, "  \"");
            for (size_t c = 0; c + 1 < rows[i].key; c++)
                text_append(&yaml, "\xc3\xa9");
            text_format(&yaml, "\\x%02zx\": \"", '0' + tag);
            for (size_t c = 0; c < rows[i].value; c++)
                text_append(&yaml, "\xe2\x82\xac");
            text_append(&yaml, "\"\n");
        }
        struct declaration_file *file = read_text("a.yaml", yaml.bytes);
        assert_int_equal(file->count, 1);
        if ((file->documents[0].declaration != NULL) != rows[i].good)
            fail_msg("row %zu", i);
        declaration_file_free(file);
        text_deinit(&yaml);
    }
}

// Several errors come in the order of the file.
static void test_order(void **state)
{
    (void)state;
    struct declaration_file *file = read_text(
        "a.yaml", "tgas: {}\nname: x\nvm_id: ami-1\nvm_id: i-1\n");
    const struct problem_list *problems = &file->documents[0].problems;
    assert_int_equal(problems->count, 5);
    for (size_t i = 1; i < problems->count; i++)
        assert_true(problems->items[i - 1].place.line <= problems->items[i].place.line);
    assert_string_equal(problems->items[4].path, "vm_id");
    declaration_file_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_tag_bounds),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

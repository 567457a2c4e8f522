// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/image_checks.h"
#include "core/image_fields.h"
#include "core/image_rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BOTH_WAYS    (WIRE_CREATE | WIRE_ANSWER)

#define DEVICE_NAMES       (1 + 2 * (25 + 25 * 26)) // all that there are
#define PRODUCT_CODE_LIMIT 100                      // images have one or two

static const char *const volume_types[] = {"standard", "gp2", "io1", NULL};
static const char *const architectures[] = {"x86_64", "i386", NULL};
static const char *const architecture_synonyms[] = {"x84_64", "x86_64", NULL};

static const struct field access_fields[] = {
    {
        .name = "inherit",
        .type = FIELD_WORD,
        .offset = offsetof(struct access, inherit),
        .change = CHANGE_LOCAL,
        .equality = EQUALITY_UNCOMPARED,
        .help = "In place of the mapping: whatever access the cloud gives the image is right; a "
                "copy of a public image then stays public.",
        .example = "access: inherit",
    },
    {
        .name = "is_public",
        .json = "isPublic",
        .type = FIELD_BOOLEAN,
        .offset = offsetof(struct access, is_public),
        .change = CHANGE_IN_PLACE,
        .wire = WIRE_ANSWER,
        .server_default = "false",
        .help = "Whether every account may use the image; imaged makes an image private unless "
                "this is true, also a copy of a public one.",
        .example = "access: {is_public: true}",
    },
};

const struct field_table access_table = {
    .name = "access",
    .fields = access_fields,
    .count = COUNT(access_fields),
    .size = sizeof(struct access),
};

static const struct field bsu_fields[] = {
    {
        .name = "snapshot_id",
        .json = "snapshotId",
        .type = FIELD_SELECTOR,
        .offset = offsetof(struct bsu, snapshot),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .check = image_check_snapshot_id,
        .pattern = IMAGE_ID_PATTERN("snap-"),
        .children = &snapshot_selector_table,
        .help = "The snapshot that the volume is made from; the root device needs one.",
        .example = "bsu: {snapshot_id: snap-5ee113a6}",
    },
    {
        .name = "volume_size",
        .json = "volumeSize",
        .type = FIELD_INTEGER,
        .offset = offsetof(struct bsu, volume_size_gib),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .minimum = 1,
        .help = "The volume's size in GiB, at least the snapshot's, which is also what it is when "
                "absent.",
        .example = "bsu: {snapshot_id: snap-5ee113a6, volume_size: 120}",
    },
    {
        .name = "volume_type",
        .json = "volumeType",
        .type = FIELD_CHOICE,
        .offset = offsetof(struct bsu, volume_type),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .choices = volume_types,
        .server_default = "standard",
        .help = "The kind of volume: magnetic (standard), fast (gp2), or fast with a promised rate "
                "(io1, which needs iops).",
        .example = "bsu: {snapshot_id: snap-5ee113a6, volume_type: gp2}",
    },
    {
        .name = "iops",
        .json = "iops",
        .type = FIELD_INTEGER,
        .offset = offsetof(struct bsu, iops),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .minimum = 1,
        .maximum = IMAGE_IOPS_LIMIT,
        .help = "The promised input and output operations a second of an io1 volume: required "
                "there, not allowed elsewhere, and at most 300 for each GiB.",
        .example =
            "bsu: {snapshot_id: snap-5ee113a6, volume_size: 120, volume_type: io1, iops: 150}",
    },
    {
        .name = "delete_on_vm_deletion",
        .json = "deleteOnVmDeletion",
        .type = FIELD_BOOLEAN,
        .offset = offsetof(struct bsu, delete_on_vm_deletion),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .server_default = "true",
        .help = "Whether the volume of a VM started from the image goes when the VM is deleted.",
        .example = "bsu: {snapshot_id: snap-5ee113a6, delete_on_vm_deletion: false}",
    },
};

const struct field_table bsu_table = {
    .name = "bsu",
    .fields = bsu_fields,
    .count = COUNT(bsu_fields),
    .size = sizeof(struct bsu),
    .check = image_rules_bsu,
};

static const struct field block_device_fields[] = {
    {
        .name = "device_name",
        .json = "deviceName",
        .type = FIELD_TEXT,
        .offset = offsetof(struct block_device, device_name),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .required = true,
        .check = image_check_device_name,
        .pattern = "^/dev/(sda1|(sd|xvd)[b-z][a-z]?)$",
        .help = "Where the VM sees the volume: /dev/sda1 for the root, else /dev/sdX, /dev/sdXX, "
                "/dev/xvdX or /dev/xvdXX.",
        .example = "device_name: /dev/sda1",
    },
    {
        .name = "virtual_device_name",
        .json = "virtualDeviceName",
        .type = FIELD_TEXT,
        .offset = offsetof(struct block_device, virtual_device_name),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .check = image_check_virtual_device_name,
        .pattern = "^ephemeral[0-9]{1,2}$",
        .help = "An ephemeral volume of the VM's host, in place of bsu.",
        .example = "virtual_device_name: ephemeral0",
    },
    {
        .name = "bsu",
        .json = "bsu",
        .type = FIELD_GROUP,
        .offset = offsetof(struct block_device, bsu),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .children = &bsu_table,
        .help = "A volume of block storage (Block Storage Unit) and what it is made from.",
        .example = "bsu: {snapshot_id: snap-5ee113a6, volume_size: 120}",
    },
};

const struct field_table block_device_table = {
    .name = "block device mapping",
    .fields = block_device_fields,
    .count = COUNT(block_device_fields),
    .size = sizeof(struct block_device),
    .check = image_rules_block_device,
};

static const struct field state_comment_fields[] = {
    {
        .name = "state_code",
        .json = "stateCode",
        .type = FIELD_TEXT,
        .offset = offsetof(struct state_comment, code),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "The cloud's code for why the image is in its state.",
    },
    {
        .name = "state_message",
        .json = "stateMessage",
        .type = FIELD_TEXT,
        .offset = offsetof(struct state_comment, message),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "The cloud's words on why the image is in its state.",
    },
};

const struct field_table state_comment_table = {
    .name = "state comment",
    .fields = state_comment_fields,
    .count = COUNT(state_comment_fields),
    .size = sizeof(struct state_comment),
};

static const struct field image_fields[] = {
    {
        .name = "name",
        .json = "name",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, name),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .check = image_check_name,
        .pattern = IMAGE_NAME_PATTERN,
        .help = "The image's name, unique in the account, by which imaged knows the declaration; "
                "{digest} in it stands for eight hex digits that change when the image must be "
                "replaced. Default: the file's name without its ending.",
        .example = "name: web-{digest}",
    },
    {
        .name = "description",
        .json = "description",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, description),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .server_default = "",
        .help = "A description for people.",
        .example = "description: Debian 12 with nginx",
    },
    {
        .name = "source_image_id",
        .json = "sourceImageId",
        .type = FIELD_SELECTOR,
        .offset = offsetof(struct image, source_image),
        .change = CHANGE_REPLACES,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_CREATE,
        .sources = SOURCE_IMAGE,
        .check = image_check_image_id,
        .pattern = IMAGE_ID_PATTERN("ami-"),
        .children = &image_selector_table,
        .help = "The image to copy: one of the three sources of an image.",
        .example = "source_image_id: ami-51459d59",
    },
    {
        .name = "source_region_name",
        .json = "sourceRegionName",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, source_region_name),
        .change = CHANGE_REPLACES,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_CREATE,
        .sources = SOURCE_IMAGE,
        .check = image_check_region,
        .pattern = "^[A-Za-z0-9-]+$",
        .help = "The region of the image to copy, which is always the account's own; required with "
                "source_image_id.",
        .example = "source_region_name: cloudgouv-eu-west-1",
    },
    {
        .name = "vm_id",
        .json = "vmId",
        .type = FIELD_SELECTOR,
        .offset = offsetof(struct image, vm),
        .change = CHANGE_REPLACES,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_CREATE,
        .sources = SOURCE_VM,
        .check = image_check_vm_id,
        .pattern = IMAGE_ID_PATTERN("i-"),
        .children = &vm_selector_table,
        .help =
            "The VM to make the image from, with a snapshot of every volume attached to it: one "
            "of the three sources of an image.",
        .example = "vm_id: i-b121616e",
    },
    {
        .name = "no_reboot",
        .json = "noReboot",
        .type = FIELD_BOOLEAN,
        .offset = offsetof(struct image, no_reboot),
        .change = CHANGE_REPLACES,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_CREATE,
        .sources = SOURCE_VM,
        .server_default = "false",
        .help = "Whether the VM runs on while the image is made; otherwise it is shut down and "
                "started again, which makes its file systems consistent.",
        .example = "no_reboot: true",
    },
    {
        .name = "block_device_mappings",
        .json = "blockDeviceMappings",
        .type = FIELD_GROUP_LIST,
        .offset = offsetof(struct image, block_devices),
        .change = CHANGE_REPLACES,
        .equality = EQUALITY_BY_KEY,
        .wire = BOTH_WAYS,
        .sources = SOURCE_SNAPSHOTS,
        .minimum = 1,
        .maximum = DEVICE_NAMES,
        .children = &block_device_table,
        .help = "The volumes of the image, made from snapshots: one of the three sources of an "
                "image.",
        .example = "block_device_mappings:\n"
                   "  - device_name: /dev/sda1\n"
                   "    bsu: {snapshot_id: snap-5ee113a6}",
    },
    {
        .name = "root_device_name",
        .json = "rootDeviceName",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, root_device_name),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .sources = SOURCE_SNAPSHOTS,
        .check = image_check_root_device_name,
        .pattern = "^/dev/sda1$",
        .help = "Which of the block devices a VM boots from; required with block_device_mappings.",
        .example = "root_device_name: /dev/sda1",
    },
    {
        .name = "architecture",
        .json = "architecture",
        .type = FIELD_CHOICE,
        .offset = offsetof(struct image, architecture),
        .change = CHANGE_REPLACES,
        .wire = BOTH_WAYS,
        .sources = SOURCE_SNAPSHOTS,
        .choices = architectures,
        .synonyms = architecture_synonyms,
        .server_default = "i386",
        .help = "The processor that the snapshots' software is for; an image with none is "
                "registered as i386, seldom what is wanted.",
        .example = "architecture: x86_64",
    },
    {
        .name = "product_codes",
        .json = "productCodes",
        .type = FIELD_TEXT_LIST,
        .offset = offsetof(struct image, product_codes),
        .change = CHANGE_REPLACES,
        .equality = EQUALITY_SUPERSET,
        .wire = BOTH_WAYS,
        .maximum = PRODUCT_CODE_LIMIT,
        .check = image_check_product_code,
        .pattern = "^[A-Za-z0-9_-]+$",
        .help = "Product codes of the image; the cloud adds those of its source.",
        .example = "product_codes: [\"0001\"]",
    },
    {
        .name = "access",
        .json = "access",
        .type = FIELD_GROUP,
        .offset = offsetof(struct image, access),
        .change = CHANGE_IN_PLACE,
        .wire = WIRE_ANSWER,
        .children = &access_table,
        .help = "Who may use the image: private when absent; `inherit` leaves it to the cloud.",
        .example = "access: {is_public: false}",
    },
    {
        .name = "tags",
        .json = "tags",
        .type = FIELD_TAGS,
        .offset = offsetof(struct image, tags),
        .change = CHANGE_IN_PLACE,
        .equality = EQUALITY_SUPERSET,
        .wire = WIRE_ANSWER,
        .maximum = IMAGE_TAG_LIMIT - IMAGE_TAG_OWNERSHIP,
        .check = image_check_tag_key,
        .pattern = "^(?!imaged\\.)",
        .help = "Tags, as a mapping or as a list of {key, value}; tags that others add are left "
                "alone unless lifecycle.tags_policy is exact.",
        .example = "tags: {Name: My Image, team: web}",
    },
    {
        .name = "id",
        .json = "id",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, id),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "The image's id in the cloud.",
    },
    {
        .name = "creation_date",
        .json = "creationDate",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, creation_date),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "When the image was made.",
    },
    {
        .name = "state",
        .json = "state",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, cloud_state),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "The image's state in the cloud: pending, available or failed.",
    },
    {
        .name = "state_comment",
        .json = "stateComment",
        .type = FIELD_GROUP,
        .offset = offsetof(struct image, state_comment),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .children = &state_comment_table,
        .help = "Why the image is in its state.",
    },
    {
        .name = "type",
        .json = "type",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, type),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "The kind of image: machine.",
    },
    {
        .name = "root_device_type",
        .json = "rootDeviceType",
        .type = FIELD_TEXT,
        .offset = offsetof(struct image, root_device_type),
        .change = CHANGE_OBSERVED,
        .equality = EQUALITY_UNCOMPARED,
        .wire = WIRE_ANSWER,
        .help = "What the root device is on: bsu.",
    },
};

const struct field_table image_table = {
    .name = "image",
    .fields = image_fields,
    .count = COUNT(image_fields),
    .size = sizeof(struct image),
    .check = image_rules_image,
};

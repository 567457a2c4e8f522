// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/document.h"
#include "core/field_read.h"
#include "core/image_fields.h"
#include "core/image_rules.h"
#include "core/memory.h"
#include "core/problem.h"
#include "core/text.h"

// The mapping that is judged.
struct subject {
    const struct node *node;
    const char *path;
    struct problem_list *problems;
};

// At the field's key, or where the mapping begins when the field is not there. `name` NULL: about
// the mapping itself.
static void report(const struct subject *subject, enum severity severity, const char *name,
    const char *format, ...) PRINTF_LIKE(4, 5);

static void report(const struct subject *subject, enum severity severity, const char *name,
    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_format_list(format, arguments);
    va_end(arguments);
    const struct entry *entry = name == NULL ? NULL : node_entry(subject->node, name);
    char *path = memory_format("%s%s%s", subject->path,
        subject->path[0] == '\0' || name == NULL ? "" : ".", name == NULL ? "" : name);
    problem_add(subject->problems, severity,
        entry == NULL ? subject->node->place : entry->key->place, path, "%s", message);
    free(path);
    free(message);
}

static bool is_given(const struct subject *subject, const char *name)
{
    return node_find(subject->node, name) != NULL;
}

static const struct {
    enum source source;
    const char *field;
    const char *made; // "an image …"
} sources[] = {
    {SOURCE_IMAGE, "source_image_id", "copied from another"},
    {SOURCE_VM, "vm_id", "made from a VM"},
    {SOURCE_SNAPSHOTS, "block_device_mappings", "registered from snapshots"},
};

#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))

static void report_no_source(const struct subject *subject)
{
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        if (field_is_misspelt(&image_table, subject->node, sources[i].field))
            return;
    report(subject, SEVERITY_ERROR, NULL,
        "the image has no source; give one of source_image_id (copy an image), vm_id (image a VM) "
        "or block_device_mappings (register snapshots)");
}

static void report_several_sources(const struct subject *subject)
{
    struct text found = {0};
    const char *last = NULL;
    for (const struct entry *entry = subject->node->entries; entry != NULL; entry = entry->next) {
        size_t i = 0;
        while (i < SOURCE_COUNT && strcmp(sources[i].field, entry->key->text) != 0)
            i++;
        if (i == SOURCE_COUNT || node_absent(entry->value))
            continue;
        last = sources[i].field;
        text_format(&found, "%s%s (line %u, column %u)", found.length > 0 ? ", " : "", last,
            entry->key->place.line, entry->key->place.column);
    }
    report(subject, SEVERITY_ERROR, last, "an image has exactly one source; found %s",
        text_string(&found));
    text_deinit(&found);
}

// The one source given, or SOURCE_NONE and a report.
static enum source find_source(const struct subject *subject)
{
    enum source source = SOURCE_NONE;
    size_t count = 0;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        if (is_given(subject, sources[i].field)) {
            source = sources[i].source;
            count++;
        }
    }
    if (count == 0)
        report_no_source(subject);
    else if (count > 1)
        report_several_sources(subject);
    return count == 1 ? source : SOURCE_NONE;
}

static size_t source_row(unsigned wanted)
{
    size_t i = 0;
    while (i + 1 < SOURCE_COUNT && (wanted & (unsigned)sources[i].source) == 0)
        i++;
    return i;
}

// Fields that belong to another source than the image has.
static void check_belonging(const struct subject *subject, enum source source)
{
    for (const struct entry *entry = subject->node->entries; entry != NULL; entry = entry->next) {
        const struct field *field = field_table_find(&image_table, entry->key->text);
        if (field == NULL || field->sources == 0 || (field->sources & (unsigned)source) != 0 ||
            node_absent(entry->value))
            continue;
        report(subject, SEVERITY_ERROR, field->name,
            "only for an image %s (%s); this one is %s, by %s",
            sources[source_row(field->sources)].made, sources[source_row(field->sources)].field,
            sources[source_row((unsigned)source)].made,
            sources[source_row((unsigned)source)].field);
    }
}

// Absent, and not merely misspelt.
static bool is_missing(const struct subject *subject, const char *name)
{
    return !is_given(subject, name) && !field_is_misspelt(&image_table, subject->node, name);
}

static void check_copy(const struct subject *subject, const struct image *image)
{
    if (is_missing(subject, "source_region_name"))
        report(subject, SEVERITY_ERROR, "source_region_name",
            "required with source_image_id: write the region of your account, as "
            "source_region_name: cloudgouv-eu-west-1");
    if (!image->access.present && is_missing(subject, "access"))
        report(subject, SEVERITY_WARNING, "access",
            "nothing is said of access: the copy is made private even if its source is public; "
            "write access: {is_public: false} to say that this is meant, or access: inherit");
}

static void check_vm(const struct subject *subject)
{
    if (is_missing(subject, "no_reboot"))
        report(subject, SEVERITY_WARNING, "no_reboot",
            "the VM is shut down and started again while the image is made; write no_reboot: true "
            "to let it run on, or no_reboot: false to say that this is meant");
}

static void report_item(const struct subject *subject, size_t index, const char *name,
    const struct node *value, const char *message)
{
    char *path = memory_format("block_device_mappings[%zu].%s", index, name);
    problem_add(subject->problems, SEVERITY_ERROR, value->place, path, "%s", message);
    free(path);
}

static void check_duplicate_devices(
    const struct subject *subject, const struct block_device_list *devices, const struct node *list)
{
    // By where they stand: the reader made one item for each entry.
    const struct entry *second = list->entries;
    for (size_t i = 0; i < devices->count; i++, second = second->next) {
        const struct entry *first = list->entries;
        for (size_t j = 0; j < i; j++, first = first->next) {
            const char *name = devices->items[i].device_name;
            const char *other = devices->items[j].device_name;
            if (name == NULL || other == NULL || strcmp(name, other) != 0)
                continue;
            const struct node *here = node_find(second->value, "device_name");
            const struct node *there = node_find(first->value, "device_name");
            char *message = memory_format("%s is given twice: here, and at line %u, column %u",
                name, there->place.line, there->place.column);
            report_item(subject, i, "device_name", here, message);
            free(message);
            break;
        }
    }
}

static void check_root(
    const struct subject *subject, const struct image *image, const struct node *list)
{
    const char *root = image->root_device_name;
    bool all_named = true;
    const struct entry *entry = list->entries;
    for (size_t i = 0; i < image->block_devices.count; i++, entry = entry->next) {
        const struct block_device *device = &image->block_devices.items[i];
        all_named = all_named && device->device_name != NULL;
        if (device->device_name == NULL || strcmp(device->device_name, root) != 0)
            continue;
        const struct node *bsu = node_find(entry->value, "bsu");
        if (bsu == NULL || node_find(bsu, "snapshot_id") == NULL)
            report_item(subject, i, "bsu.snapshot_id", entry->value,
                "the root device is made from a snapshot: give bsu: {snapshot_id: …}");
        return;
    }
    if (all_named)
        report(subject, SEVERITY_ERROR, "root_device_name",
            "%s is none of the devices in block_device_mappings", root);
}

static void check_snapshots(const struct subject *subject, const struct image *image)
{
    if (is_missing(subject, "root_device_name"))
        report(subject, SEVERITY_ERROR, "root_device_name",
            "required with block_device_mappings: write root_device_name: /dev/sda1");
    if (is_missing(subject, "architecture"))
        report(subject, SEVERITY_WARNING, "architecture",
            "without it the image is registered as i386; write architecture: x86_64 unless that is "
            "meant");
    const struct node *list = node_find(subject->node, "block_device_mappings");
    if (list == NULL || !image->block_devices.present)
        return;
    check_duplicate_devices(subject, &image->block_devices, list);
    if (image->root_device_name != NULL)
        check_root(subject, image, list);
}

void image_rules_image(
    const void *object, const struct node *node, const char *path, struct problem_list *problems)
{
    const struct subject subject = {node, path, problems};
    const struct image *image = object;
    enum source source = find_source(&subject);
    if (source != SOURCE_NONE)
        check_belonging(&subject, source);
    switch (source) {
    case SOURCE_IMAGE:
        check_copy(&subject, image);
        break;
    case SOURCE_VM:
        check_vm(&subject);
        break;
    case SOURCE_SNAPSHOTS:
        check_snapshots(&subject, image);
        break;
    case SOURCE_NONE:
        break;
    }
}

static void check_iops(const struct subject *subject, const struct bsu *bsu)
{
    bool fast = bsu->volume_type != NULL && strcmp(bsu->volume_type, "io1") == 0;
    bool given = is_given(subject, "iops");
    if (given && !fast && (bsu->volume_type != NULL || !is_given(subject, "volume_type"))) {
        report(subject, SEVERITY_ERROR, "iops", "only with volume_type: io1; found %s",
            bsu->volume_type == NULL ? "none, which is standard" : bsu->volume_type);
        return;
    }
    if (fast && !given && !field_is_misspelt(&bsu_table, subject->node, "iops"))
        report(subject, SEVERITY_ERROR, "iops",
            "required with volume_type: io1; at most %d, and %d for each GiB", IMAGE_IOPS_LIMIT,
            IMAGE_IOPS_PER_GIB);
    // Divided rather than multiplied: a size has no upper bound.
    if (bsu->iops.present && bsu->volume_size_gib.present &&
        (bsu->iops.value - 1) / IMAGE_IOPS_PER_GIB >= bsu->volume_size_gib.value)
        report(subject, SEVERITY_ERROR, "iops",
            "found %" PRId64 "; must be at most %d for each of the %" PRId64 " GiB, %" PRId64,
            bsu->iops.value, IMAGE_IOPS_PER_GIB, bsu->volume_size_gib.value,
            bsu->volume_size_gib.value * IMAGE_IOPS_PER_GIB);
}

void image_rules_bsu(
    const void *object, const struct node *node, const char *path, struct problem_list *problems)
{
    const struct subject subject = {node, path, problems};
    check_iops(&subject, object);
    if (!is_given(&subject, "snapshot_id") && !is_given(&subject, "volume_size") &&
        !field_is_misspelt(&bsu_table, node, "snapshot_id"))
        report(
            &subject, SEVERITY_ERROR, NULL, "give snapshot_id, or volume_size for an empty volume");
}

void image_rules_block_device(
    const void *object, const struct node *node, const char *path, struct problem_list *problems)
{
    (void)object;
    const struct subject subject = {node, path, problems};
    bool bsu = is_given(&subject, "bsu");
    bool ephemeral = is_given(&subject, "virtual_device_name");
    if (bsu && ephemeral)
        report(&subject, SEVERITY_ERROR, "virtual_device_name",
            "not together with bsu: the device is either an ephemeral volume or a lasting one");
    else if (!bsu && !ephemeral && !field_is_misspelt(&block_device_table, node, "bsu") &&
             !field_is_misspelt(&block_device_table, node, "virtual_device_name"))
        report(&subject, SEVERITY_ERROR, NULL,
            "give bsu: {snapshot_id: …}, or virtual_device_name for an ephemeral volume");
}

// The first of the fields that is given, or NULL.
static const char *first_given(const struct subject *subject, const char *const *names)
{
    while (*names != NULL && !is_given(subject, *names))
        names++;
    return *names;
}

void image_rules_selector(
    const void *object, const struct node *node, const char *path, struct problem_list *problems)
{
    (void)object;
    static const char *const beside_id[] = {
        "declared", "name", "tags", "public", "newest", "follow", NULL};
    static const char *const criteria[] = {"id", "declared", "name", "tags", NULL};
    const struct subject subject = {node, path, problems};
    bool by_id = is_given(&subject, "id");
    const char *extra = NULL;
    if (by_id)
        extra = first_given(&subject, beside_id);
    else if (is_given(&subject, "declared"))
        extra = first_given(&subject, beside_id + 1);
    if (extra != NULL && !(strcmp(extra, "follow") == 0 && !by_id))
        report(&subject, SEVERITY_ERROR, extra,
            "not together with %s, which already says which one", by_id ? "id" : "declared");
    if (first_given(&subject, criteria) != NULL)
        return;
    bool public = is_given(&subject, "public");
    report(&subject, SEVERITY_ERROR, NULL, "%s",
        public ? "`public` alone fits too many; give name or tags as well"
               : "finds nothing; give at least one of the fields that say what it must be");
}

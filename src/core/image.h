// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The image model: one struct for what a declaration asks for and for what the cloud shows. Which
// member is which field, and all that is to be known of it, stands in the field table
// (image_fields.h); this file has only the shapes. Every member can be absent; absent and empty
// differ.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packed;

enum boolean { BOOLEAN_ABSENT = 0, BOOLEAN_FALSE, BOOLEAN_TRUE };

struct integer {
    bool present;
    int64_t value;
};

// All lists begin alike, so that the field table can handle them without knowing their elements.
struct list {
    void *items;
    size_t count;
    bool present; // an empty list that is present differs from no list
};

struct text_list {
    char **items;
    size_t count;
    bool present;
};

struct tag {
    char *key;
    char *value;
};

struct tag_list {
    struct tag *items;
    size_t count;
    bool present;
};

// Where an id is expected: the id itself, or how to find it (design.md, section 3, "Selectors").
struct selector {
    bool present;
    char *id;       // given literally, or NULL
    char *declared; // the name of another declaration
    char *name;     // a glob over names in the cloud
    struct tag_list tags;
    enum boolean is_public;
    enum boolean newest; // of several matches take the one created last
    enum boolean follow; // resolve again at each resync and replace when the answer changed
};

struct bsu {
    bool present;
    struct selector snapshot;
    struct integer volume_size_gib;
    char *volume_type;
    struct integer iops;
    enum boolean delete_on_vm_deletion;
};

struct block_device {
    char *device_name;
    char *virtual_device_name;
    struct bsu bsu;
};

struct block_device_list {
    struct block_device *items;
    size_t count;
    bool present;
};

struct access {
    bool present;
    bool inherit; // `access: inherit`: whatever the server chose is right
    enum boolean is_public;
};

struct state_comment {
    bool present;
    char *code;
    char *message;
};

enum source { SOURCE_NONE = 0, SOURCE_IMAGE = 1, SOURCE_VM = 2, SOURCE_SNAPSHOTS = 4 };

struct image {
    // Declared, sent on creation or afterwards.
    char *name;
    char *description;
    struct selector source_image;
    char *source_region_name;
    struct selector vm;
    enum boolean no_reboot;
    struct block_device_list block_devices;
    char *root_device_name;
    char *architecture;
    struct text_list product_codes;
    struct access access;
    struct tag_list tags;

    // Only ever told by the cloud.
    char *id;
    char *creation_date; // as sent: ISO 8601
    char *cloud_state;   // `pending`, `available`, `failed`, or what a newer server may say
    struct state_comment state_comment;
    char *type;
    char *root_device_type;
};

// Images as the cloud shows them, packed: a list of all of them may be long.
struct image_list {
    struct packed **items; // owned; image_open() opens one
    size_t count;
    size_t capacity;
};

// Frees what the image holds, not the struct itself. The copy shares nothing with its original;
// what `to` held before is not freed.
void image_deinit(struct image *image);
void image_copy(struct image *to, const struct image *from);

// On the heap. image_free(NULL) does nothing.
struct image *image_new(void);
struct image *image_clone(const struct image *from);
void image_free(struct image *image);

// In as little memory as that is possible, for as long as it is kept (core/packed.h): a copy, to be
// freed with free(). What is opened borrows from the packed one, and must be neither changed nor
// freed.
struct packed *image_pack(const struct image *image);
struct image image_open(const struct packed *packed);

// Which source the image is declared to be made from; SOURCE_NONE for none. With several, the first
// of image, VM, snapshots.
enum source image_source(const struct image *image);

// What the cloud's word for the image's state means. NULL, an image without a word, and one with a
// word that imaged does not know are none of these.
bool image_is_available(const struct image *image);
bool image_is_failed(const struct image *image);
bool image_is_deleted(const struct image *image); // by a server that still shows it

// Lists: _deinit frees the elements and leaves an absent list; _copy makes a list of its own, and
// does not free what `to` held. {0} is an absent list.

// The value of a tag, borrowed, or NULL.
const char *tag_list_find(const struct tag_list *tags, const char *key);
// Whether all of `wanted` are there, with the same values.
bool tag_list_includes(const struct tag_list *tags, const struct tag_list *wanted);
// Sets or replaces; copies both texts.
void tag_list_set(struct tag_list *tags, const char *key, const char *value);
// Removes the key if it is there.
void tag_list_remove(struct tag_list *tags, const char *key);
void tag_list_deinit(struct tag_list *tags);
void tag_list_copy(struct tag_list *to, const struct tag_list *from);

// Adds a copy of the text, and makes the list present.
void text_list_add(struct text_list *list, const char *text);
// Removes the first element that equals the text, if there is one; the order of the others stays.
void text_list_remove(struct text_list *list, const char *text);
bool text_list_has(const struct text_list *list, const char *text);
void text_list_deinit(struct text_list *list);
void text_list_copy(struct text_list *to, const struct text_list *from);

// Adds a packed copy of the image.
void image_list_add(struct image_list *list, const struct image *image);
void image_list_deinit(struct image_list *list);

// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What must hold between the fields of an image, beyond the form of each: the checks of the field
// tables. They see objects some of whose fields may be missing because they were bad, and then keep
// quiet about what follows from that.
#pragma once

struct node;
struct problem_list;

#define IMAGE_IOPS_LIMIT   13000
#define IMAGE_IOPS_PER_GIB 300

// Of struct image, struct bsu, struct block_device, struct selector.
void image_rules_image(
    const void *object, const struct node *node, const char *path, struct problem_list *problems);
void image_rules_bsu(
    const void *object, const struct node *node, const char *path, struct problem_list *problems);
void image_rules_block_device(
    const void *object, const struct node *node, const char *path, struct problem_list *problems);
void image_rules_selector(
    const void *object, const struct node *node, const char *path, struct problem_list *problems);

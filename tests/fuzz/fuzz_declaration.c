// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any bytes as a declaration file. Beside not crashing, what is read well must survive its
// canonical form, be equal to itself, and find its own places.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/declaration_fields.h"
#include "core/diff.h"
#include "core/text.h"
#include "core/validate.h"
#include "fuzz/fuzz.h"
#include "fuzz/yaml_mutator.h"

static void check_problems(const struct problem_list *problems)
{
    struct text line = {0};
    for (size_t i = 0; i < problems->count; i++) {
        text_clear(&line);
        problem_format(&problems->items[i], "fuzz.yaml", &line);
        REQUIRE(line.length > 0 && problems->items[i].message[0] != '\0');
    }
    text_deinit(&line);
}

static void check_differences(const struct declaration *declaration)
{
    struct difference_list differences = {0};
    struct declared declared = declaration_open(declaration);
    struct image *live = image_clone(&declared.image);
    declared_diff(&declared.image, live, &differences);
    REQUIRE(differences.count == 0);
    free(live->name);
    live->name = declaration_cloud_name(declaration);
    image_diff(&declared.image, live, true, &differences);
    REQUIRE(differences.count == 0);
    image_free(live);
}

static void check_declaration(const struct declaration *declaration)
{
    struct declaration *again = declaration_from_canonical(declaration->canonical, "fuzz.yaml");
    if (again == NULL || strcmp(again->canonical, declaration->canonical) != 0)
        fprintf(stderr, "canonical: %s\nagain:     %s\n", declaration->canonical,
            again == NULL ? "(damaged)" : again->canonical);
    REQUIRE(again != NULL);
    REQUIRE(strcmp(again->canonical, declaration->canonical) == 0);
    REQUIRE(strcmp(again->digest, declaration->digest) == 0);
    REQUIRE(again->source == declaration->source);
    declaration_unref(again);
    const struct field *field;
    for (size_t i = 0; (field = field_table_at(&declaration_table, i)) != NULL; i++)
        REQUIRE(declaration_place(declaration, field->name).line > 0);
    check_differences(declaration);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct declaration_file *file = declaration_file_read("fuzz.yaml", (const char *)bytes, size);
    REQUIRE(file->count > 0 || problem_list_has_errors(&file->problems));
    REQUIRE(!file->broken || problem_list_has_errors(&file->problems));
    check_problems(&file->problems);
    for (size_t i = 0; i < file->count; i++) {
        const struct document_result *document = &file->documents[i];
        check_problems(&document->problems);
        REQUIRE((document->declaration == NULL) == problem_list_has_errors(&document->problems));
        if (document->declaration != NULL)
            check_declaration(document->declaration);
    }
    validate_files(&file, 1);
    declaration_file_free(file);
    return 0;
}

// Every other time as a tree, for what lies behind the parser; the parser has its share as well.
size_t LLVMFuzzerCustomMutator(unsigned char *bytes, size_t size, size_t limit, unsigned seed)
{
    size_t changed = seed % 2 ? yaml_mutate(&declaration_table, bytes, size, limit, seed) : 0;
    return changed > 0 ? changed : LLVMFuzzerMutate(bytes, size, limit);
}

// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The tags by which imaged knows its images again when the record is lost (design.md, section 5).
#pragma once

// No declaration may use keys that begin so.
#define OWNERSHIP_PREFIX "imaged."

#define OWNERSHIP_OWNER_KEY "imaged.owner" // value: the installation's id
#define OWNERSHIP_NAME_KEY  "imaged.name"  // value: the declared name

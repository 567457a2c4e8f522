// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the kernel knows of this process, for metrics.
#pragma once

// What cannot be found out is NaN.
struct process_figures {
    double cpu_seconds;
    double resident_bytes;
    double virtual_bytes;
    double open_descriptors;
    double descriptor_limit;
};

struct process_figures process_figures(void);

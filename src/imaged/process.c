// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "imaged/process.h"

static void read_memory(struct process_figures *figures)
{
    unsigned long pages = 0;
    unsigned long resident = 0;
    double page_bytes = (double)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return;
    if (fscanf(file, "%lu %lu", &pages, &resident) == 2) {
        figures->virtual_bytes = (double)pages * page_bytes;
        figures->resident_bytes = (double)resident * page_bytes;
    }
    fclose(file);
}

// Without ".", "..", and the descriptor that looks.
static void count_descriptors(struct process_figures *figures)
{
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return;
    double count = -3;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    figures->open_descriptors = count;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

struct process_figures process_figures(void)
{
    struct process_figures figures = {NAN, NAN, NAN, NAN, NAN};
    struct rusage usage;
    struct rlimit limit;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        figures.descriptor_limit = limit.rlim_cur == RLIM_INFINITY ? INFINITY
                                                                   : (double)limit.rlim_cur;
    read_memory(&figures);
    count_descriptors(&figures);
    return figures;
}

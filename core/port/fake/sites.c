/* Where in the source an access was made: asks addr2line, once for a whole trace. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "internal.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_BYTES = 100000 };

/* As addr2line counts: from the start of a position-independent file. */
static uintptr_t file_address(const void *site)
{
    Dl_info info;
    uintptr_t at = (uintptr_t)site - 1; /* inside the call, not after it */
    if (!dladdr(site, &info) || !info.dli_fbase)
        return at;
    const ElfW(Ehdr) *header = info.dli_fbase;
    return header->e_type == ET_DYN ? at - (uintptr_t)info.dli_fbase : at;
}

static char *make_command(const void **site, int n)
{
    char exe[512];
    ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *command = malloc(COMMAND_BYTES);
    if (length <= 0 || !command) {
        free(command);
        return NULL;
    }
    exe[length] = 0;
    int used = snprintf(command, COMMAND_BYTES, "addr2line -a -i -e '%s'", exe);
    for (int i = 0; i < n && used < COMMAND_BYTES - 64; i++)
        used += snprintf(command + used, (size_t)(COMMAND_BYTES - used), " %#lx",
                         (unsigned long)file_address(site[i]));
    snprintf(command + used, (size_t)(COMMAND_BYTES - used), " 2>/dev/null");
    return command;
}

/* The last two parts of the path are enough. */
static void keep_name(char *text, const char *line)
{
    const char *from = line + strlen(line);
    for (int slashes = 0; from > line; from--)
        if (from[-1] == '/' && ++slashes == 2)
            break;
    snprintf(text, FAKE_SITE_TEXT, "%.*s", (int)strcspn(from, " \n"), from);
}

/* text[i] is "" when not known. */
void fake__sites(const void **site, char (*text)[FAKE_SITE_TEXT], int n)
{
    char line[1024], *command = make_command(site, n);
    for (int i = 0; i < n; i++)
        text[i][0] = 0;
    FILE *out = command && n ? popen(command, "r") : NULL;
    int at = -1;
    while (out && fgets(line, sizeof line, out)) {
        if (line[0] == '0' && line[1] == 'x')
            at++; /* the address; what follows are its lines, the innermost inlined first */
        else if (at >= 0 && at < n && !text[at][0] && line[0] != '?' && !strstr(line, "port/fake/"))
            keep_name(text[at], line);
    }
    if (out)
        pclose(out);
    free(command);
}

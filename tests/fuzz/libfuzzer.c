/* The same histories, told by libFuzzer, which looks for bytes that reach new code. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why = history_run(data, size / STEP_BYTES);
    if (why == NULL)
        return 0;
    printf("not ok libfuzzer: %s\n", why);
    fflush(stdout);
    abort();
}

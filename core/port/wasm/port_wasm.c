/*
 * The port in WebAssembly: one instruction each. There is neither a clock nor a sleep here: TypeScript
 * parks on the bell (Atomics.wait, Atomics.waitAsync), since a page's main thread may not sleep.
 */
#include "../port.h"

void port_unpark(struct sluice_au32 *word)
{
    __builtin_wasm_memory_atomic_notify((int *)&word->v, UINT32_MAX);
}

void port_pause(void)
{
}

bool port_register(void)
{
    return true;
}

/* Every atomic of WebAssembly is sequentially consistent: the publisher has paid already. */
bool port_before_sleep(void)
{
    return true;
}

/*
 * The port in WebAssembly: one instruction each. There is neither a clock nor a sleep here: TypeScript
 * parks on the bell (Atomics.wait, Atomics.waitAsync), since a page's main thread may not sleep.
 */
#include "../port.h"

void port_unpark(struct sluice_au32 *word)
{
    __builtin_wasm_memory_atomic_notify((int *)&word->v, UINT32_MAX);
}

/* There is no such instruction: steps that the compiler may not leave out. */
void port_pause(uint32_t moments)
{
    for (uint32_t i = 0; i < moments * 32; i++)
        __asm__ __volatile__("");
}

/* JavaScript's (ts/backend/wasm/desk.ts): between this memory and the bytes of the request that is being made. */
void sluice_take(void *to, const void *caller, size_t bytes);
void sluice_give(void *caller, const void *from, size_t bytes);

enum { BOUNCE = 1024, SHORT = 256 };

/* V8 copies byte by byte between shared and private memory where the two differ modulo 8: 1.4 against 9.6 GB/s. */
static bool askew(const void *a, const void *b, size_t bytes)
{
    return bytes > SHORT && (((uintptr_t)a ^ (uintptr_t)b) & 7) != 0;
}

void port_take(void *region, const void *caller, size_t bytes)
{
    _Alignas(8) uint8_t bounce[BOUNCE + 8];
    uint8_t *via = bounce + ((uintptr_t)caller & 7), *to = region;
    const uint8_t *from = caller;
    if (!askew(region, caller, bytes)) {
        sluice_take(region, caller, bytes);
        return;
    }
    for (size_t n; bytes > 0; bytes -= n, from += n, to += n) {
        n = bytes < BOUNCE ? bytes : BOUNCE;
        sluice_take(via, from, n);
        __builtin_memcpy(to, via, n);
    }
}

void port_give(void *caller, const void *region, size_t bytes)
{
    _Alignas(8) uint8_t bounce[BOUNCE + 8];
    uint8_t *via = bounce + ((uintptr_t)caller & 7), *to = caller;
    const uint8_t *from = region;
    if (!askew(region, caller, bytes)) {
        sluice_give(caller, region, bytes);
        return;
    }
    for (size_t n; bytes > 0; bytes -= n, from += n, to += n) {
        n = bytes < BOUNCE ? bytes : BOUNCE;
        __builtin_memcpy(via, from, n);
        sluice_give(to, via, n);
    }
}

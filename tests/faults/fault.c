/*
 * Linked into a test's own build of the addon only: each entry of native_sys counts its calls and fails when the plan
 * says so. JavaScript finds this beside the addon's own functions, since the one that defines them is wrapped.
 *
 *   plan(name, nth, errno)   the nth call from now fails; nth 0: none, but all are counted from now on
 *   counts()                 { name: calls } since then; `fired`: whether the planned one came
 *   holds(path)              { name: count } of what the addon keeps, and of what the mapped file there holds
 *   fresh()                  forgets tables and spaces, with nothing pending: as in a new environment
 */
#include "../../native/env.h"

#include "calls.h"
#include "prim/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum call {
#define X(result, name, takes, gives, which, failing) CALL_##name,
    CALLS(X)
#undef X
        CALL_look, /* read() of what is no pipe, and write() to it: there are fewer ways to fail */
    CALL_wake,
    COUNT,
    NONE = COUNT
};

#define X(name) +1
_Static_assert(sizeof(struct native_sys) == (CALL_look SURE(X)) * sizeof(void *),
               "one is not here");
#undef X

static const char *const names[] = {
#define X(result, name, takes, gives, which, failing) #name,
    CALLS(X)
#undef X
        "look",
    "wake",
};

static struct native_sys native_real;
static atomic_int called[COUNT], planned = NONE, planned_nth, planned_errno, fired, blocks;

static struct env *env_of(napi_env napi)
{
    void *env = NULL;
    napi_get_instance_data(napi, &env);
    return env;
}

/* The errno to fail with now, or 0. */
static int fails(enum call call)
{
    if (call == NONE)
        return 0;
    int nth = atomic_fetch_add(&called[call], 1) + 1;
    if (atomic_load(&planned) != (int)call || atomic_load(&planned_nth) != nth)
        return 0;
    atomic_store(&fired, 1);
    return atomic_load(&planned_errno);
}

static enum call of(int fd, enum call pipe, enum call other)
{
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode) ? pipe : other;
}

#define X(result, name, takes, gives, which, failing)                                              \
    static result faulty_##name takes                                                              \
    {                                                                                              \
        int error = fails(which);                                                                  \
        return error ? failing : native_real.name gives;                                           \
    }
CALLS(X)
#undef X

/* Blocks of memory are counted as well: all are given back by the free() of this binary. */
static void *counted_alloc(size_t count, size_t size)
{
    void *block = calloc(count, size);
    atomic_fetch_add(&blocks, block != NULL);
    return block;
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    atomic_fetch_sub(&blocks, block != NULL);
    __real_free(block);
}

__attribute__((constructor)) static void take_over(void)
{
    native_real = native_sys;
    native_real.alloc = counted_alloc;
#define X(result, name, takes, gives, which, failing) native_sys.name = faulty_##name;
    CALLS(X)
#undef X
}

static enum call call_of(napi_env napi, napi_value value)
{
    char name[32] = "";
    size_t length;
    int call = 0;
    napi_get_value_string_utf8(napi, value, name, sizeof name, &length);
    while (call < COUNT && strcmp(names[call], name) != 0)
        call++;
    return (enum call)call;
}

static napi_value plan(napi_env napi, napi_callback_info info)
{
    napi_value values[3];
    size_t count = 3;
    int32_t nth = 0, error = 0;
    napi_get_cb_info(napi, info, &count, values, NULL, NULL);
    napi_get_value_int32(napi, values[1], &nth);
    napi_get_value_int32(napi, values[2], &error);
    atomic_store(&planned, NONE);
    for (int i = 0; i < COUNT; i++)
        atomic_store(&called[i], 0);
    atomic_store(&fired, 0);
    atomic_store(&planned_nth, nth);
    atomic_store(&planned_errno, error);
    atomic_store(&planned, call_of(napi, values[0]));
    return NULL;
}

static void put(napi_env napi, napi_value object, const char *name, int64_t number)
{
    napi_value value;
    napi_create_int64(napi, number, &value);
    napi_set_named_property(napi, object, name, value);
}

static napi_value counts(napi_env napi, napi_callback_info info)
{
    napi_value object;
    (void)info;
    napi_create_object(napi, &object);
    for (int i = 0; i < COUNT; i++)
        put(napi, object, names[i], atomic_load(&called[i]));
    put(napi, object, "fired", atomic_load(&fired));
    return object;
}

/* What the mapped file holds: slots that are not free, and the heap's free bytes. */
static void put_region(napi_env napi, napi_value object, const char *path)
{
    int fd = native_real.open(path, O_RDONLY, 0);
    struct stat about = {0};
    native_real.fstat(fd, &about);
    size_t bytes = (size_t)about.st_size;
    void *base = native_real.mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    native_real.close(fd);
    if (base == MAP_FAILED)
        return;
    struct sluice_region *region = base;
    struct sluice s = {.base = base};
    int64_t agents = 0;
    for (uint32_t i = 0; i < load_relaxed(&region->agents); i++)
        agents += (load64_relaxed(&sluice__agent(&s, i)->life) & 0xff) != SLUICE_LIFE_FREE;
    put(napi, object, "agents", agents);
    put(napi, object, "freeBytes", load_relaxed(&region->heap.free_bytes));
    native_real.munmap(base, bytes);
}

static napi_value holds(napi_env napi, napi_callback_info info)
{
    napi_value object, value;
    struct env *env = env_of(napi);
    char path[256];
    size_t count = 1, length;
    int64_t waits = 0, processes = 0;
    for (struct space *each = env->spaces; each; each = each->next) {
        waits += each->waits + (each->closing != NULL);
        processes += each->processes != NULL;
    }
    napi_create_object(napi, &object);
    put(napi, object, "handles", env->handles.used);
    put(napi, object, "pending", env->tokens.used);
    put(napi, object, "settling", env->settling != NULL || env->done != NULL);
    put(napi, object, "crew", (env->crew.members != NULL) + env->monitor.running);
    put(napi, object, "waits", waits);
    put(napi, object, "processes", processes);
    put(napi, object, "blocks", atomic_load(&blocks));
    napi_get_cb_info(napi, info, &count, &value, NULL, NULL);
    if (napi_get_value_string_utf8(napi, value, path, sizeof path, &length) == napi_ok)
        put_region(napi, object, path);
    return object;
}

static napi_value fresh(napi_env napi, napi_callback_info info)
{
    struct env *env = env_of(napi);
    (void)info;
    native_spaces_free(env);
    native_table_free(&env->handles);
    native_table_free(&env->tokens);
    free(env->spare);
    env->spare = NULL;
    return NULL;
}

napi_status __real_napi_define_properties(napi_env, napi_value, size_t,
                                          const napi_property_descriptor *);
napi_status __wrap_napi_define_properties(napi_env, napi_value, size_t,
                                          const napi_property_descriptor *);
napi_status __wrap_napi_define_properties(napi_env napi, napi_value exports, size_t count,
                                          const napi_property_descriptor *own)
{
    const napi_property_descriptor more[] = {
        {"plan", NULL, plan, NULL, NULL, NULL, napi_enumerable, NULL},
        {"counts", NULL, counts, NULL, NULL, NULL, napi_enumerable, NULL},
        {"holds", NULL, holds, NULL, NULL, NULL, napi_enumerable, NULL},
        {"fresh", NULL, fresh, NULL, NULL, NULL, napi_enumerable, NULL},
    };
    __real_napi_define_properties(napi, exports, sizeof more / sizeof *more, more);
    return __real_napi_define_properties(napi, exports, count, own);
}

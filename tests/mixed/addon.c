/*
 * The core over a port that calls JavaScript at one of its steps: each access of the region is one, and whoever is called may run whole
 * operations of another agent before it happens. Two agents in one region; addresses are offsets from its start.
 */
#include "sluice.h"

#include "port/port.h"

#include <node_api.h>
#include <stdlib.h>
#include <string.h>

enum { REGION = 1 << 18, BEHIND = 1 << 12, AGENTS = 2 };

static _Alignas(64) uint8_t region[REGION + BEHIND];
static _Alignas(8) uint8_t views[AGENTS][SLUICE_VIEW_BYTES];
static napi_env node;
static napi_value callback;
static uint32_t countdown; /* steps from now; 0: never */

static void step(void)
{
    napi_value undefined, result;
    if (countdown == 0 || --countdown > 0)
        return;
    napi_get_undefined(node, &undefined);
    napi_call_function(node, undefined, callback, 0, NULL, &result);
}

uint64_t fake__access(unsigned verb, unsigned order, unsigned bytes, const void *word, uint64_t a,
                      uint64_t b)
{
    uint64_t was = 0, now;
    (void)order;
    step();
    memcpy(&was, word, bytes);
    switch (verb) {
    case FAKE_LOAD:
        return was;
    case FAKE_STORE:
    case FAKE_XCHG:
        now = a;
        break;
    case FAKE_CAS:
        if (was != a)
            return 0;
        memcpy((void *)(uintptr_t)word, &b, bytes);
        return 1;
    case FAKE_ADD:
        now = was + a;
        break;
    case FAKE_OR:
        now = was | a;
        break;
    case FAKE_AND:
        now = was & a;
        break;
    default:
        abort();
    }
    memcpy((void *)(uintptr_t)word, &now, bytes);
    return was;
}

void fake__copy(unsigned verb, void *to, const void *from, size_t bytes)
{
    (void)verb;
    step();
    if (from != NULL)
        memcpy(to, from, bytes);
    else
        memset(to, 0, bytes);
}

/* Nobody sleeps here. */
void port_unpark(struct sluice_au32 *word)
{
    (void)word;
}

void port_pause(uint32_t moments)
{
    (void)moments;
}

static struct sluice *view(uint32_t agent)
{
    return (struct sluice *)(void *)views[agent % AGENTS];
}

/* Of as many numbers; in *values[0] what is no number. */
static void arguments(napi_env of, napi_callback_info info, size_t count, napi_value *values,
                      uint32_t *numbers)
{
    node = of;
    napi_get_cb_info(node, info, &count, values, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        napi_get_value_uint32(node, values[i], &numbers[i]);
}

static napi_value number(int n)
{
    napi_value value;
    napi_create_int32(node, n, &value);
    return value;
}

/* begin(): a new region with both agents in it. */
static napi_value begin(napi_env of, napi_callback_info info)
{
    node = of;
    (void)info;
    countdown = 0;
    memset(region, 0, sizeof region);
    memset(views, 0, sizeof views);
    if (sluice_format(region, REGION, AGENTS, 0) != 0)
        abort();
    for (uint32_t i = 0; i < AGENTS; i++)
        if (sluice_attach(view(i), region, REGION, i + 1, 0, 0) != 0)
            abort();
    return number(0);
}

/* advance(agent, words, bytes), attempt(...): a request whose words lie in a Uint32Array, laid out as struct sluice_request. */
static napi_value request(napi_env of, napi_callback_info info,
                          int (*run)(struct sluice *, struct sluice_request *))
{
    napi_value values[3];
    uint32_t numbers[3];
    void *words, *bytes = NULL;
    size_t length = 0;
    arguments(of, info, 3, values, numbers);
    napi_get_typedarray_info(node, values[1], NULL, NULL, &words, NULL, NULL);
    napi_get_typedarray_info(node, values[2], NULL, &length, &bytes, NULL, NULL);
    struct sluice_request r;
    memcpy(&r, words, offsetof(struct sluice_request, length));
    r.bytes = bytes;
    r.length = (uint32_t)length;
    r.name = NULL;
    r.name_length = 0;
    int n = run(view(numbers[0]), &r);
    memcpy(words, &r, offsetof(struct sluice_request, length));
    return number(n);
}

static napi_value attempt(napi_env of, napi_callback_info info)
{
    return request(of, info, sluice_try);
}

static napi_value advance(napi_env of, napi_callback_info info)
{
    return request(of, info, sluice_advance);
}

/* ready(agent): the next waiter to advance; the bell is answered first. */
static napi_value ready(napi_env of, napi_callback_info info)
{
    napi_value values[1];
    uint32_t numbers[1];
    arguments(of, info, 1, values, numbers);
    sluice_bell_answer(view(numbers[0]));
    return number((int)sluice_ready(view(numbers[0])));
}

/* place(agent, handle, access, address) */
static napi_value place(napi_env of, napi_callback_info info)
{
    napi_value values[4];
    uint32_t n[4];
    arguments(of, info, 4, values, n);
    void *to = region + n[3];
    return number(sluice_ring_place(view(n[0]), n[1], n[2], to));
}

/* publish(agent, handle, access, was, now) */
static napi_value publish(napi_env of, napi_callback_info info)
{
    napi_value values[5];
    uint32_t n[5];
    arguments(of, info, 5, values, n);
    return number(sluice_ring_publish(view(n[0]), n[1], n[2], n[3], n[4]));
}

/* run(steps, before, operation): calls `operation`, and `before` in front of its step of that number. Whether there was one. */
static napi_value run(napi_env of, napi_callback_info info)
{
    napi_value values[3], undefined, result;
    uint32_t numbers[3];
    arguments(of, info, 3, values, numbers);
    callback = values[1];
    countdown = numbers[0];
    napi_get_undefined(node, &undefined);
    napi_call_function(node, undefined, values[2], 0, NULL, &result);
    bool reached = countdown == 0;
    countdown = 0;
    napi_get_boolean(node, reached, &result);
    return result;
}

NAPI_MODULE_EXPORT int32_t NODE_API_MODULE_GET_API_VERSION(void);

NAPI_MODULE_INIT()
{
    static const struct {
        const char *name;
        napi_callback call;
    } all[] = {{"begin", begin}, {"attempt", attempt}, {"advance", advance}, {"ready", ready},
               {"place", place}, {"publish", publish}, {"run", run}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        napi_value function;
        napi_create_function(env, all[i].name, NAPI_AUTO_LENGTH, all[i].call, NULL, &function);
        napi_set_named_property(env, exports, all[i].name, function);
    }
    napi_value memory;
    napi_create_external_arraybuffer(env, region, sizeof region, NULL, NULL, &memory);
    napi_set_named_property(env, exports, "memory", memory);
    return exports;
}

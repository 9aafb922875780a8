/* Batches of a ring of cells: more records than one critical section moves, and batches that are none. */
#include "ring_world.h"

enum { MANY = 150, FRAME = 8 };

static struct sluice s;

/* Numbers, each a frame. */
static uint32_t frames(uint32_t *to, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        to[2 * i] = sizeof(uint32_t);
        to[2 * i + 1] = i * 7;
    }
    return count * FRAME;
}

static void long_ones(uint32_t handle)
{
    static uint32_t out[2 * MANY], in[2 * MANY];
    uint32_t used, length = frames(out, MANY);
    check(send_many(&s, handle, out, length) == MANY && records(&s, handle) == MANY);
    check(receive_many(&s, handle, MANY, in, sizeof(in), &used) == MANY && used == length);
    check(memcmp(in, out, length) == 0 && records(&s, handle) == 0);
    /* one record more than fits: what fits goes */
    for (int i = 0; i < 2; i++)
        check(send_many(&s, handle, out, length) == (i == 0 ? MANY : 200 - MANY));
    check(send_many(&s, handle, out, length) == -SLUICE_EAGAIN && records(&s, handle) == 200);
    check(receive_many(&s, handle, 70, in, sizeof(in), &used) == 70 && used == 70 * FRAME);
    check(memcmp(in, out, used) == 0);
    passed("batches: longer than a critical section, whole and in order");
}

static void none(uint32_t handle)
{
    uint32_t out[4], room[4], used, before = records(&s, handle);
    frames(out, 2);
    check(send_many(&s, handle, out, 0) == -SLUICE_EINVAL);
    check(send_many(&s, handle, out, 3) == -SLUICE_EINVAL); /* no length */
    check(send_many(&s, handle, out, 7) == -SLUICE_EINVAL); /* longer than what is there */
    out[0] = 9;
    check(send_many(&s, handle, out, 16) == -SLUICE_EMSGSIZE && records(&s, handle) == before);
    check(receive_many(&s, handle, 0, room, 16, &used) == -SLUICE_EINVAL);
    check(receive_many(&s, handle, 1, room, 3, &used) == -SLUICE_EMSGSIZE);
    check(receive_many(&s, handle, 1, room, 7, &used) == -SLUICE_EMSGSIZE);
    check(records(&s, handle) == before && before > 0);
    passed("batches: what is no frame, or has no room, moves nothing");
}

int main(void)
{
    join(&s, new_region(BYTES, 2), BYTES, 1);
    uint32_t handle = open_ring(&s, NULL, (struct shape){200 * 8, 8, 3});
    long_ones(handle);
    none(handle);
    check(sluice__ring_valid(&s, inside(&s, handle)));
    finish(&s, "batches: the ring is sound");
    return 0;
}

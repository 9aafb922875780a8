/* Pairs of a FIFO's operations: opening, reading, writing, closing its ends. Pipes are FIFOs that are born open. */
#include "pairs_all.h"

enum { CAPACITY = 4096, SIDE_READ = 0, SIDE_WRITE = 1 };

static struct sluice_request opening(uint32_t flags)
{
    struct sluice_request r = request(SLUICE_OP_FIFO_OPEN, 0, "f");
    r.args[0] = flags;
    r.args[1] = 0600;
    r.args[2] = CAPACITY;
    return r;
}

static void open_both(int who)
{
    static const uint32_t access[] = {SLUICE_READ | SLUICE_NONBLOCK, SLUICE_WRITE};
    for (int side = SIDE_READ; side <= SIDE_WRITE; side++) {
        int n = try(who, opening(access[side] | SLUICE_CREATE));
        check(n >= 0);
        world.handle[who][side] = (uint32_t)n;
    }
}

static struct sluice_request moving(int who, uint32_t op, uint32_t length)
{
    static char text[AGENTS][CAPACITY];
    bool writes = op == SLUICE_OP_PIPE_WRITE;
    struct sluice_request r = request(op, world.handle[who][writes], NULL);
    memset(text[who], 'a' + who, CAPACITY);
    r.bytes = writes ? (void *)text[who] : world.bytes[who];
    r.length = length;
    return r;
}

/* --- states ---------------------------------------------------------------- */

static void empty(void)
{
    attached();
    for (int i = 0; i < AGENTS; i++)
        open_both(i);
}

static void three_there(void)
{
    empty();
    check(try(KEEPER, moving(KEEPER, SLUICE_OP_PIPE_WRITE, 3)) == 3);
}

static void full_but_two(void)
{
    empty();
    check(try(KEEPER, moving(KEEPER, SLUICE_OP_PIPE_WRITE, CAPACITY - 2)) == CAPACITY - 2);
}

static void close_keepers(int side)
{
    check(try(KEEPER, request(SLUICE_OP_CLOSE, world.handle[KEEPER][side], NULL)) == 0);
    world.handle[KEEPER][side] = 0;
}

/* Only the acting two have the ends: a close may be the last. */
static void only_theirs(void)
{
    three_there();
    close_keepers(SIDE_READ);
    close_keepers(SIDE_WRITE);
    for (int side = SIDE_READ; side <= SIDE_WRITE; side++)
        for (int i = 0; i < KEEPER; i++)
            if (i != side && i != 1 - side)
                check(try(i, request(SLUICE_OP_CLOSE, world.handle[i][side], NULL)) == 0);
}

/*
 * It is there and nobody has it open. Their tables of handles are there too: where those have to be made is among the
 * semaphores' states.
 */
static void closed(void)
{
    attached();
    for (int i = 0; i < AGENTS; i++) {
        int n = try(i, opening(SLUICE_READ | SLUICE_NONBLOCK | SLUICE_CREATE));
        check(n >= 0 && try(i, request(SLUICE_OP_CLOSE, (uint32_t)n, NULL)) == 0);
    }
}

/* --- operations -------------------------------------------------------------- */

static struct sluice_request reading(int who)
{
    return moving(who, SLUICE_OP_PIPE_READ, 2);
}

static struct sluice_request writing(int who)
{
    return moving(who, SLUICE_OP_PIPE_WRITE, 2);
}

static struct sluice_request writing_more(int who)
{
    return moving(who, SLUICE_OP_PIPE_WRITE, 4);
}

static struct sluice_request looking(int who)
{
    return request(SLUICE_OP_PIPE_ATTRIBUTES, world.handle[who][SIDE_READ], NULL);
}

static struct sluice_request ready_to_read(int who)
{
    return ready_to(world.handle[who][SIDE_READ], SLUICE_READ);
}

static struct sluice_request ready_to_write(int who)
{
    return ready_to(world.handle[who][SIDE_WRITE], SLUICE_WRITE);
}

static struct sluice_request closing_reader(int who)
{
    return request(SLUICE_OP_CLOSE, world.handle[who][SIDE_READ], NULL);
}

static struct sluice_request closing_writer(int who)
{
    return request(SLUICE_OP_CLOSE, world.handle[who][SIDE_WRITE], NULL);
}

static struct sluice_request opening_to_read(int who)
{
    (void)who;
    return opening(SLUICE_READ);
}

static struct sluice_request opening_to_write(int who)
{
    (void)who;
    return opening(SLUICE_WRITE);
}

static struct sluice_request opening_at_once(int who)
{
    (void)who;
    return opening(SLUICE_WRITE | SLUICE_NONBLOCK);
}

/* An attempt may have closed the end and not yet the handle: it is made again until that is done. */
enum { CLOSE = 1u << ATTEMPTS | 1u << (FORMS + ATTEMPTS) };

/* From there on they open it. */
enum { OPENS = 8 };

static const struct operation all[] = {
    {"read", reading, 0, NULL},
    {"write", writing, 0, NULL},
    {"write more", writing_more, 0, NULL},
    {"ready to read", ready_to_read, 0, NULL},
    {"ready to write", ready_to_write, 0, NULL},
    {"attributes", looking, 0, NULL},
    {"close the reader", closing_reader, CLOSE, NULL},
    {"close the writer", closing_writer, CLOSE, NULL},
    {"open to read", opening_to_read, 0, NULL},
    {"open to write", opening_to_write, 0, NULL},
    {"open to write at once", opening_at_once, 0, NULL},
};

/* --- what it holds ------------------------------------------------------------- */

/* The FIFO's bytes, once both ends are open again. */
static void tell(char *text)
{
    int reader = try(KEEPER, opening(SLUICE_READ | SLUICE_NONBLOCK));
    check(reader >= 0);
    for (int n;;) {
        static char bytes[CAPACITY];
        struct sluice_request r = request(SLUICE_OP_PIPE_READ, (uint32_t)reader, NULL);
        r.bytes = bytes;
        r.length = sizeof(bytes);
        if ((n = try(KEEPER, r)) <= 0) {
            add(text, "%s ", n == 0 ? "no writer" : "written");
            break;
        }
        for (int from = 0, to; from < n; from = to) {
            for (to = from; to < n && bytes[to] == bytes[from]; to++)
                ;
            add(text, "%d%c ", to - from, bytes[from]);
        }
    }
    check(try(KEEPER, request(SLUICE_OP_CLOSE, (uint32_t)reader, NULL)) == 0);
    int writer = try(KEEPER, opening(SLUICE_WRITE | SLUICE_NONBLOCK));
    add(text, "%s", writer >= 0 ? "read" : "no reader");
}

static void unlink_all(void)
{
    struct sluice_request r = request(SLUICE_OP_UNLINK, 0, "f");
    r.args[0] = SLUICE_KIND_FIFO;
    try(KEEPER, r);
}

static const struct state states[] = {
    {"empty", empty},
    {"three bytes", three_there},
    {"full but two bytes", full_but_two},
    {"nobody else has it open", only_theirs},
};

static const struct state nobodys[] = {{"nobody has it open", closed}};

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    int bad = explore_all("FIFO", states, COUNT(states), all, COUNT(all));
    return bad + explore_all("FIFO", nobodys, COUNT(nobodys), &all[OPENS], COUNT(all) - OPENS);
}

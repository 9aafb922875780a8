/* Histories as text: `history SPEC PARAMS...`, an operation a line, `end`. */
#include "linear.h"

#include "sluice.h"

#include <stdlib.h>
#include <string.h>

static const struct linear_spec *const specs[] = {
    &linear_semaphore, &linear_queue,      &linear_names,
    &linear_pipe,      &linear_ring_bytes, &linear_ring_cells,
};

static const struct {
    const char *name;
    uint32_t number;
} ops[] = {
#define X(name, number) {#name, number},
#include "sluice_ops.def"
#undef X
};

enum { SPECS = sizeof(specs) / sizeof(specs[0]), NAMED = sizeof(ops) / sizeof(ops[0]) };

static const char *name_of(uint32_t op)
{
    for (uint32_t i = 0; i < NAMED; i++)
        if (ops[i].number == op)
            return ops[i].name;
    return "?";
}

static void print_op(FILE *to, const struct linear_op *op)
{
    fprintf(to, "%u %s %u = ", op->agent, name_of(op->op), op->arg);
    if (op->lost)
        fprintf(to, "lost");
    else
        fprintf(to, "%d", op->result);
    fprintf(to, " @ %u %u :", op->begin, op->end);
    for (uint32_t i = 0; i < op->count; i++)
        fprintf(to, " %u", op->values[i]);
    fputc('\n', to);
}

void linear_print(FILE *to, const struct linear_history *h)
{
    fprintf(to, "history %s", h->spec->name);
    for (uint32_t i = 0; i < LINEAR_PARAMS; i++)
        fprintf(to, " %u", h->params[i]);
    fputc('\n', to);
    for (uint32_t i = 0; i < h->count; i++)
        print_op(to, &h->ops[i]);
    fprintf(to, "end\n");
}

static void unreadable(const char *line)
{
    fprintf(stderr, "no history: %s", line);
    exit(2);
}

static void read_op(const char *line, struct linear_op *op)
{
    char name[32], result[16];
    int at = 0;
    if (sscanf(line, "%u %31s %u = %15s @ %u %u :%n", &op->agent, name, &op->arg, result,
               &op->begin, &op->end, &at) != 6 ||
        at == 0)
        unreadable(line);
    op->lost = strcmp(result, "lost") == 0;
    op->result = op->lost ? 0 : atoi(result);
    for (uint32_t i = 0; i < NAMED; i++)
        if (strcmp(ops[i].name, name) == 0)
            op->op = ops[i].number;
    for (int more; op->count < LINEAR_VALUES; at += more, op->count++)
        if (sscanf(line + at, " %u%n", &op->values[op->count], &more) != 1)
            break;
}

bool linear_read(FILE *from, struct linear_history *h)
{
    char line[512], name[32];
    memset(h, 0, sizeof(*h));
    if (fgets(line, sizeof(line), from) == NULL)
        return false;
    if (sscanf(line, "history %31s %u %u %u", name, &h->params[0], &h->params[1], &h->params[2]) !=
        4)
        unreadable(line);
    for (uint32_t i = 0; i < SPECS; i++)
        if (strcmp(specs[i]->name, name) == 0)
            h->spec = specs[i];
    while (fgets(line, sizeof(line), from) != NULL && strcmp(line, "end\n") != 0) {
        if (h->spec == NULL || h->count == LINEAR_OPS)
            unreadable(line);
        read_op(line, &h->ops[h->count++]);
    }
    return true;
}

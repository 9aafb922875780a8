#include "mqueue_tree.h"

#define LEVELS 3
#define WAY_BITS 5

static struct sluice_mq_node *node_at(struct sluice *s, struct sluice_mqueue *mq, uint32_t number)
{
    struct sluice_cell *cell = sluice__cell(s, &mq->nodes, number, sizeof(struct sluice_mq_node));
    return cell ? sluice__cell_payload(cell) : NULL;
}

static void set_bit(struct sluice *s, struct sluice_mq_node *node, uint32_t slot)
{
    sluice__set(s, &node->bits, load_relaxed(&node->bits) | 1u << slot);
}

/* The node below a slot, made when there is none. */
static struct sluice_mq_node *branch(struct sluice *s, struct sluice_mqueue *mq,
                                     struct sluice_mq_node *node, uint32_t slot)
{
    if (load_relaxed(&node->bits) & 1u << slot)
        return node_at(s, mq, load_relaxed(&node->slots[slot].head));
    uint32_t number = sluice__cell_take(s, &mq->nodes);
    struct sluice_mq_node *made = node_at(s, mq, number);
    if (made == NULL)
        return NULL;
    sluice__put(s, &made->bits, 0); /* free ones hold nothing that counts */
    sluice__set(s, &node->slots[slot].head, number);
    set_bit(s, node, slot);
    return made;
}

bool sluice__mq_tree_add(struct sluice *s, struct sluice_mqueue *mq, uint32_t number,
                         uint32_t priority)
{
    struct sluice_mq_node *node = &mq->root;
    for (uint32_t level = LEVELS; --level > 0;) {
        node = branch(s, mq, node, priority >> level * WAY_BITS & 31);
        if (node == NULL)
            return false;
    }
    struct sluice_cell_list *list = &node->slots[priority & 31];
    if (!(load_relaxed(&node->bits) & 1u << (priority & 31))) {
        sluice__set(s, &list->head, 0);
        set_bit(s, node, priority & 31);
    }
    return sluice__cell_append(s, &mq->cells, list, number);
}

/* Clears the bits that lead to nothing any more, from the lowest level up, and gives empty nodes back. */
static void prune(struct sluice *s, struct sluice_mqueue *mq, struct sluice_mq_node **path,
                  uint32_t priority)
{
    for (uint32_t level = 0; level < LEVELS; level++) {
        uint32_t slot = priority >> level * WAY_BITS & 31;
        if (level > 0)
            sluice__cell_give(s, &mq->nodes, load_relaxed(&path[level]->slots[slot].head));
        uint32_t bits = load_relaxed(&path[level]->bits) & ~(1u << slot);
        sluice__set(s, &path[level]->bits, bits);
        if (bits != 0)
            return;
    }
}

uint32_t sluice__mq_tree_shift(struct sluice *s, struct sluice_mqueue *mq, uint32_t *priority)
{
    struct sluice_mq_node *path[LEVELS] = {NULL, NULL, &mq->root};
    uint32_t found = 0;
    for (uint32_t level = LEVELS - 1;; level--) {
        uint32_t bits = load_relaxed(&path[level]->bits);
        if (bits == 0)
            return 0;
        uint32_t slot = 31 - (uint32_t)__builtin_clz(bits);
        found = found << WAY_BITS | slot;
        if (level == 0)
            break;
        path[level - 1] = node_at(s, mq, load_relaxed(&path[level]->slots[slot].head));
        if (path[level - 1] == NULL)
            return 0;
    }
    struct sluice_cell_list *list = &path[0]->slots[found & 31];
    uint32_t number = load_relaxed(&list->head);
    if (!sluice__cell_shift(s, &mq->cells, list))
        return 0;
    if (load_relaxed(&list->head) == 0)
        prune(s, mq, path, found);
    *priority = found;
    return number;
}

static uint32_t count_list(struct sluice *s, struct sluice_mqueue *mq,
                           struct sluice_cell_list *list)
{
    uint32_t number = load_relaxed(&list->head), last = 0, count = 0;
    uint32_t left = load_relaxed(&mq->max_messages);
    for (; number != 0 && left > 0; left--, count++) {
        struct sluice_cell *cell = sluice__cell(s, &mq->cells, number, 0);
        if (cell == NULL)
            return UINT32_MAX;
        last = number;
        number = load_relaxed(&cell->next);
    }
    return number == 0 && last == load_relaxed(&list->tail) && count > 0 ? count : UINT32_MAX;
}

/* The list of a priority, and how many priorities from there on share what was found: 1 where there is a list. */
static struct sluice_cell_list *list_of(struct sluice *s, struct sluice_mqueue *mq,
                                        uint32_t priority, uint32_t *skip)
{
    struct sluice_mq_node *node = &mq->root;
    for (uint32_t level = LEVELS - 1; node != NULL; level--) {
        uint32_t slot = priority >> level * WAY_BITS & 31;
        *skip = 1u << level * WAY_BITS;
        if (!(load_relaxed(&node->bits) & 1u << slot))
            return NULL;
        if (level == 0)
            return &node->slots[slot];
        node = node_at(s, mq, load_relaxed(&node->slots[slot].head));
    }
    *skip = 0; /* damaged */
    return NULL;
}

uint32_t sluice__mq_tree_count(struct sluice *s, struct sluice_mqueue *mq)
{
    uint32_t count = 0, skip;
    for (uint32_t priority = 0; priority < SLUICE_PRIORITIES; priority += skip) {
        struct sluice_cell_list *list = list_of(s, mq, priority, &skip);
        uint32_t n = list ? count_list(s, mq, list) : 0;
        if (skip == 0 || n == UINT32_MAX)
            return UINT32_MAX;
        count += n;
    }
    return count;
}

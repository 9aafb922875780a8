/* Pairs, continued: what may come out of a program, and the search through all of them. */
#ifndef PAIRS_ALL_H
#define PAIRS_ALL_H

#include "pairs.h"

/* --- what is allowed ----------------------------------------------------------------- */

static void note_outcome(void)
{
    char text[TEXT];
    bool late = false;
    for (int i = 0; i < acting; i++)
        late |= world.late[i];
    settle_the_first();
    tell_all(text);
    struct outcome *outcome = known(text);
    if (outcome == NULL) {
        check(outcome_count < OUTCOMES);
        outcome = &outcomes[outcome_count++];
        *outcome = (struct outcome){.late = late};
        memcpy(outcome->text, text, TEXT);
    }
    outcome->late &= late;
}

static void is_late(int who)
{
    world.begun[who] = world.late[who] = true;
    world.request[who] = operations[who]->request(who);
    world.result[who] = -SLUICE_EAGAIN;
}

/* One step more, every one that there is; each takes effect at once. */
static void note_outcomes(int depth)
{
    static struct world before[2 * KEEPER + 2];
    bool more = false;
    before[depth] = world;
    for (int i = 0; i < acting; i++) {
        if (!world.begun[i])
            begin(i);
        else if (!goes_on(i))
            continue;
        more = true;
        note_outcomes(depth + 1);
        world = before[depth];
    }
    for (int i = 0; i < acting && form == ATTEMPTS; i++) {
        if (world.begun[i])
            continue;
        is_late(i);
        note_outcomes(depth + 1);
        world = before[depth];
    }
    if (more && (form != DYING || world.begun[0]))
        return;
    for (int i = 1; i < acting && more; i++)
        if (!world.begun[i] || told(i))
            return;
    note_outcome(); /* dying: also before it began */
    world = before[depth];
}

/* --- all of them ------------------------------------------------------------------------ */

static void restore(void *ctx)
{
    (void)ctx;
    memcpy(&world, &saved, sizeof(world));
}

static struct {
    unsigned long programs, walked, schedules;
    double seconds;
    int bad;
} sum;

/*
 * Schedules of one program; where there are more, random walks go on from there. PAIRS_MOST in the environment bounds
 * them all; without it pairs are complete whatever their length, and those in which one dies up to the number here.
 */
enum { MOST_DYING = 100000, WALKS = 20000 };
static unsigned long most;

static void name_program(char *name, size_t bytes, const char *state)
{
    static const char *const suffix[] = {"", ", attempts", ", the first may die"};
    snprintf(name, bytes, "%s: %s", state, operations[0]->name);
    for (int i = 1; i < acting; i++)
        snprintf(name + strlen(name), bytes - strlen(name), " against %s", operations[i]->name);
    snprintf(name + strlen(name), bytes - strlen(name), "%s", suffix[form]);
}

/* Whatever comes out one after the other has come out: else nothing was looked at. */
static const char *unseen(void)
{
    for (int i = 0; i < outcome_count; i++)
        if (!outcomes[i].late && !outcomes[i].seen)
            return outcomes[i].text;
    return NULL;
}

/* NULL, or what is wrong. */
static const char *search(const struct fake_program *program, struct fake_report *report)
{
    unsigned long bound = form == DYING && most == 0 ? MOST_DYING : most;
    struct fake_options options = {.max_steps = 4000, .max_executions = bound};
    int n = fake_explore(program, &options, report);
    sum.schedules += report->executions;
    sum.seconds += report->seconds;
    if (n == 0 && unseen() != NULL)
        return unseen();
    if (n == 2) {
        options.mode = FAKE_RANDOM;
        options.max_executions = most != 0 && most < WALKS ? most : WALKS;
        n = fake_explore(program, &options, report);
        sum.schedules += report->executions;
        sum.seconds += report->seconds;
        sum.walked++;
    }
    return n == 1 ? report->message : NULL;
}

static void explore(const char *state)
{
    static struct fake_report report;
    static char name[300];
    struct fake_program program = {.name = name,
                                   .agents = acting,
                                   .setup = restore,
                                   .agent = runs,
                                   .check = outcome_is_allowed,
                                   .base = world.region,
                                   .base_bytes = BYTES,
                                   .may_park_mask = (1u << acting) - 1,
                                   .killable_mask = form == DYING,
                                   .deaths = form == DYING,
                                   .sparse_kills = true};
    name_program(name, sizeof(name), state);
    outcome_count = 0;
    restore(NULL);
    note_outcomes(0);
    judge_anew();
    const char *wrong = search(&program, &report);
    sum.programs++;
    sum.bad += wrong != NULL;
    if (wrong != NULL) {
        printf("not ok pairs: %s: %s\n", name, wrong);
        for (int i = 0; i < outcome_count; i++)
            printf("  allowed: %s%s\n", outcomes[i].text, outcomes[i].seen ? "" : " (not seen)");
    } else if (getenv("PAIRS_VERBOSE"))
        printf("# %s: %lu schedules, depth %d, %.1f s\n", name, (unsigned long)report.executions,
               report.max_depth, report.seconds);
    fflush(stdout);
}

static void explore_pair(const char *state, const struct operation *one,
                         const struct operation *other)
{
    operations[0] = one;
    operations[1] = other;
    acting = 2;
    unsigned except = one->except | (other->except & ~(1u << DYING));
    for (form = one <= other ? WAITING : DYING; form <= DYING; form++)
        if (!(except >> form & 1))
            explore(state);
}

static void in_state(const struct state *state)
{
    state->make();
    memcpy(&saved, &world, sizeof(world));
}

static void told_of_state(const char *object, const char *state)
{
    printf("%s pairs: %s, %s: %lu programs, %lu of them complete, %lu schedules, %.1f s\n",
           sum.bad ? "not ok" : "ok", object, state, sum.programs, sum.programs - sum.walked,
           sum.schedules, sum.seconds);
    fflush(stdout);
}

/* Every pair, also of an operation with itself, in each state. */
static int explore_all(const char *object, const struct state *states, int state_count,
                       const struct operation *all, int count)
{
    int bad = 0;
    most = getenv("PAIRS_MOST") ? strtoul(getenv("PAIRS_MOST"), NULL, 10) : 0;
    for (int s = 0; s < state_count; s++) {
        memset(&sum, 0, sizeof(sum));
        in_state(&states[s]);
        for (int i = 0; i < count; i++)
            for (int j = 0; j < count; j++)
                explore_pair(states[s].name, &all[i], &all[j]);
        told_of_state(object, states[s].name);
        bad += sum.bad;
    }
    return bad != 0;
}

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

#endif

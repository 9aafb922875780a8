/* Pairs, continued: what may come out of a program, and the search through all of them. */
#ifndef PAIRS_ALL_H
#define PAIRS_ALL_H

#include "pairs.h"
#include "stale.h"

/* --- what is allowed ----------------------------------------------------------------- */

static void note_outcome(void)
{
    char text[TEXT];
    /* before the others had done: an execution settles when nobody goes on */
    bool early = world.settled, late = early;
    for (int i = 0; i < acting; i++)
        late |= world.late[i];
    settle_the_first();
    tell_all(text);
    struct outcome *outcome = known(text);
    if (outcome == NULL) {
        check(outcome_count < OUTCOMES);
        outcome = &outcomes[outcome_count++];
        *outcome = (struct outcome){.late = late, .early = early};
        memcpy(outcome->text, text, TEXT);
    }
    outcome->late &= late;
    outcome->early &= early;
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
    enum { DEEPEST = 4 * KEEPER };
    static struct world before[DEEPEST];
    bool more = false;
    check(depth < DEEPEST);
    before[depth] = world;
    for (int i = 0; i < acting; i++) {
        if (!world.begun[i] && !(i == 0 && world.settled))
            begin(i);
        else if (!goes_on(i))
            continue;
        more = true;
        note_outcomes(depth + 1);
        world = before[depth];
    }
    if (more && form == DYING && !world.settled) {
        settle();
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
    for (size_t at = 0; at < sizeof(world); at += BLOCK)
        if (memcmp((char *)&world + at, (char *)&saved + at, BLOCK) != 0)
            memcpy((char *)&world + at, (char *)&saved + at, BLOCK);
}

static struct {
    unsigned long programs, complete, few, schedules, redundant, states, walks;
    double seconds, ways;
    int bad;
} sum;

/*
 * PROGRAM [AGENTS [MOST [SEED [PART]]]]: how many agents act (2); how many schedules of one program are visited. A pair that has
 * more is searched from state to state, up to STEPS times as far; of three or four each is, and then, where that was not its end,
 * from FEW on with few preemptions and no store late, FURTHER times as far: below, none comes to its end so. Random walks follow where
 * that too was not its end. MOST 0: whatever its length. From SCHEDULES on a pair must come to its end. With a SEED only the walks, with 0 none; only that part: one
 * state, one first operation.
 */
enum { SCHEDULES = 27000, STEPS = 50, WALKS = 2000, PREEMPTIONS = 3, FEW = 1000, FURTHER = 20 };
static struct {
    unsigned long most, seed;
    bool searches, walks;
    int part, parts; /* -1: all; how many there were so far */
} how;

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

static int visit(const struct fake_program *program, enum fake_mode mode, unsigned long bound,
                 struct fake_report *report)
{
    struct fake_options options = {.mode = mode,
                                   .preemptions = PREEMPTIONS,
                                   .seed = how.seed,
                                   .max_steps = mode == FAKE_STATES ? 16000 : 8000,
                                   .max_executions = bound};
    int n = fake_explore(program, &options, report);
    sum.seconds += report->seconds;
    return n;
}

static int searched(const struct fake_program *program, enum fake_mode mode, unsigned long bound,
                    struct fake_report *report)
{
    int n = visit(program, mode, bound, report);
    sum.schedules += report->executions;
    sum.redundant += report->redundant;
    sum.states += report->states;
    sum.ways += report->ways;
    return n;
}

static int search_states(const struct fake_program *program, struct fake_report *report)
{
    return searched(program, FAKE_STATES, how.most * STEPS, report);
}

static int search_pair(const struct fake_program *program, struct fake_report *report)
{
    int n = searched(program, FAKE_COMPLETE, how.most ? how.most : SCHEDULES, report);
    return n == 2 && program->stale == 0 ? search_states(program, report) : n;
}

/* With few preemptions, and no store late. */
static int search_few(struct fake_program program, struct fake_report *report)
{
    program.prompt = true;
    int n = searched(&program, FAKE_MERGED, how.most * STEPS * FURTHER, report);
    sum.few += n == 0;
    return n;
}

static int search_all(const struct fake_program *program, struct fake_report *report)
{
    int n = acting == 2 ? search_pair(program, report) : search_states(program, report);
    sum.complete += n == 0;
    return n == 2 && acting > 2 && how.most >= FEW ? search_few(*program, report) : n;
}

static int walk(const struct fake_program *program, struct fake_report *report)
{
    int n = visit(program, FAKE_RANDOM, how.most && how.most < WALKS ? how.most : WALKS, report);
    sum.walks += report->executions;
    return n;
}

/* NULL, or what is wrong. */
static const char *search(const struct fake_program *program, struct fake_report *report)
{
    int n = how.searches ? search_all(program, report) : 2;
    if (n == 0 && unseen() != NULL)
        return unseen();
    if (n == 2 && how.walks)
        n = walk(program, report);
    return n == 1 ? report->message : NULL;
}

/* The word of the gate that it is at, where that says so. */
static const void *lock_of(void *ctx, int who)
{
    struct sluice *s = &world.agent[who];
    uint32_t at = s->me->locking.v;
    struct sluice_gate *gate = sluice__at(s, at);
    (void)ctx;
    bool holds = at != 0 && (gate->word.v & ~(uint64_t)SLUICE__BITS) == sluice__mine(s);
    return holds ? &gate->word : NULL;
}

/* A pair, from SCHEDULES on. */
static bool must_end(void)
{
    bool whole = how.most == 0 || how.most >= SCHEDULES;
    return acting == 2 && how.searches && whole && stale_loads() == 0;
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
                                   .memory = &world,
                                   .memory_bytes = sizeof(world),
                                   .lock = lock_of,
                                   .may_park_mask = (1u << acting) - 1,
                                   .killable_mask = form == DYING,
                                   .deaths = form == DYING,
                                   .stale = stale_loads(),
                                   .sparse_kills = true};
    name_program(name, sizeof(name), state);
    outcome_count = 0;
    restore(NULL);
    note_outcomes(0);
    judge_anew();
    unsigned long before = sum.complete;
    const char *wrong = search(&program, &report);
    if (wrong == NULL && must_end() && sum.complete == before)
        wrong = "the search has not come to its end";
    sum.programs++;
    sum.bad += wrong != NULL;
    if (wrong != NULL) {
        printf("not ok pairs: %s: %s\n", name, wrong);
        for (int i = 0; i < outcome_count; i++)
            printf("  allowed: %s%s\n", outcomes[i].text, outcomes[i].seen ? "" : " (not seen)");
    } else if (getenv("PAIRS_VERBOSE"))
        printf("# %s: %lu schedules (%lu redundant), %lu states, depth %d, %.1f s\n", name,
               (unsigned long)report.executions, (unsigned long)report.redundant,
               (unsigned long)report.states, report.max_depth, report.seconds);
    fflush(stdout);
}

static void explore_forms(const char *state)
{
    unsigned except = operations[0]->except;
    for (int i = 1; i < acting; i++)
        except |= operations[i]->except & ~(1u << DYING);
    for (form = operations[0] <= operations[1] ? WAITING : DYING; form <= DYING; form++)
        if (!(except >> (acting > 2 ? FORMS + form : form) & 1))
            explore(state);
}

/* The first is given, the others in every choice; their order makes no difference. */
static void explore_others(const char *state, const struct operation *all, int count, int who,
                           int from)
{
    if (who == acting) {
        explore_forms(state);
        return;
    }
    for (int i = from; i < count; i++) {
        operations[who] = &all[i];
        explore_others(state, all, count, who + 1, i);
    }
}

static void in_state(const struct state *state)
{
    state->make();
    memcpy(&saved, &world, sizeof(world));
}

static void told_of_part(const char *object, const char *state, const char *first)
{
    static const char *const names[] = {"pairs", "triples", "fours"};
    printf("%s %s: %s, %s: %s first: %lu programs", sum.bad ? "not ok" : "ok", names[acting - 2],
           object, state, first, sum.programs);
    if (how.searches)
        printf(", %lu of them complete, %lu more with three preemptions, "
               "%lu schedules (%lu redundant), %lu states, %.1e ways through them",
               sum.complete, sum.few, sum.schedules, sum.redundant, sum.states, sum.ways);
    printf(", %lu random walks, %.1f s\n", sum.walks, sum.seconds);
    fflush(stdout);
}

static int explore_part(const char *object, const struct state *state, const struct operation *all,
                        int count, int first)
{
    if (how.part >= 0 && how.part != how.parts++)
        return 0;
    memset(&sum, 0, sizeof(sum));
    in_state(state);
    operations[0] = &all[first];
    explore_others(state->name, all, count, 1, 0);
    told_of_part(object, state->name, all[first].name);
    return sum.bad;
}

/* Every choice, also of an operation with itself, in each state. */
static int explore_all(const char *object, const struct state *states, int state_count,
                       const struct operation *all, int count)
{
    int bad = 0;
    for (int s = 0; s < state_count; s++)
        for (int i = 0; i < count; i++)
            bad += explore_part(object, &states[s], all, count, i);
    return bad != 0;
}

static void read_arguments(int argc, char **argv)
{
    acting = argc > 1 ? atoi(argv[1]) : 2;
    how.most = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    how.seed = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    how.searches = how.seed == 0;
    how.walks = argc <= 3 || how.seed != 0;
    how.part = argc > 4 ? atoi(argv[4]) : -1;
    check(acting >= 2 && acting <= KEEPER);
}

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

#endif

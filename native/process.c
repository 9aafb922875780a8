/* The other processes that are attached to a region: each is watched, so that its death is seen while this one sleeps. */
#include "env.h"
#include "families.h"
#include "owner.h"
#include "sluice_abi.h"
#include "space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
    struct process *next;
    uint32_t pid;
    uint64_t started;
    int pidfd; /* not above 0: none */
    bool ended;
    bool present; /* seen in this look */
};

static void forget(struct process **at)
{
    struct process *process = *at;
    *at = process->next;
    if (process->pidfd > 0)
        native_sys.close(process->pidfd); /* leaves the epoll with it */
    free(process);
}

void native_processes_forget(struct space *space)
{
    while (space->processes)
        forget(&space->processes);
}

static struct process *find(struct space *space, uint32_t pid, uint64_t started)
{
    struct process *each = space->processes;
    while (each && (each->pid != pid || each->started != started))
        each = each->next;
    return each;
}

/* NULL where there is no memory; it will be tried again. */
static struct process *add(struct space *space, uint32_t pid, uint64_t started)
{
    struct process *process = native_sys.alloc(1, sizeof *process);
    if (!process)
        return NULL;
    *process = (struct process){.next = space->processes, .pid = pid, .started = started};
    process->pidfd = native_owner_watch(pid, started);
    process->ended = process->pidfd == 0;
    if (process->pidfd > 0)
        native_monitor_owner(space->env, process->pidfd); /* else it is seen at the next look */
    return space->processes = process;
}

/* One that could not be watched is asked for anew. */
static void look(struct process *process)
{
    if (process->pidfd < 0)
        process->pidfd = native_owner_watch(process->pid, process->started);
    process->ended =
        process->pidfd == 0 || (process->pidfd > 0 && native_owner_ended(process->pidfd));
}

static bool is_own(struct space *space, const struct sluice_attached *who)
{
    bool same = who->started == space->started || who->started == 0;
    return who->owner == (uint32_t)getpid() && same;
}

/* Whoever is in the slot is dead: 1, else 0. */
static int judge(struct space *space, uint32_t slot, const struct sluice_attached *who)
{
    struct sluice_region *region = space->region.base;
    if (is_own(space, who) || (who->started == 0 && !native_owner_numbered(&region->numbering)))
        return 0;
    struct process *process = find(space, who->owner, who->started);
    if (!process)
        process = add(space, who->owner, who->started);
    else if (!process->present)
        look(process);
    if (!process)
        return 0;
    process->present = true;
    return process->ended ? sluice_agent_died(native_view(space), slot, who->incarnation) : 0;
}

static void forget_absent(struct space *space)
{
    struct process **at = &space->processes;
    while (*at) {
        if ((*at)->present && !(*at)->ended)
            at = &(*at)->next;
        else
            forget(at);
    }
}

int native_space_bury(struct space *space)
{
    struct sluice *view = native_view(space);
    struct sluice_attached who;
    int died = 0, n;
    for (struct process *each = space->processes; each; each = each->next)
        each->present = false;
    for (uint32_t slot = 0; (n = sluice_attached(view, slot, &who)) >= 0; slot++)
        if (n > 0)
            died += judge(space, slot, &who);
    forget_absent(space);
    if (died > 0 || space->unsettled)
        space->unsettled = sluice_settle(view) != 0;
    return died;
}

/* Marks who is stopped among the records of the core's: 0 or -errno. */
static int suspect(uint8_t *records, int bytes)
{
    struct sluice_listed_agent each;
    for (int at = 0; at < bytes; at += (int)sizeof each) {
        memcpy(&each, records + at, sizeof each);
        int n = native_owner_stopped(each.owner, each.started);
        if (n < 0)
            return n;
        each.flags |= n ? SLUICE_AGENT_SUSPECT : 0;
        memcpy(records + at, &each, sizeof each);
    }
    return 0;
}

/* Who uses the mapped file; nobody where there is none. */
ATTEMPT(native_agents)
{
    (void)env, (void)object;
    struct space *space = request->space;
    int n = space ? native_space_attach(space, false) : -EINVAL;
    if (n < 0)
        return n == -ENOENT ? 0 : n;
    native_space_bury(space);
    uint32_t length = request->length < UINT32_MAX ? (uint32_t)request->length : UINT32_MAX;
    request->core =
        (struct sluice_request){.op = SLUICE_OP_AGENTS, .bytes = request->bytes, .length = length};
    n = sluice_try(native_view(space), &request->core);
    int failed = n > 0 ? suspect(request->bytes, n) : 0;
    return failed < 0 ? failed : n;
}

/* Who is attached, for whoever can prove a death. */
#include "../include/sluice_abi.h"
#include "../reg/agent.h"

int sluice_attached(struct sluice *s, uint32_t slot, struct sluice_attached *who)
{
    if (slot >= s->agents)
        return -SLUICE_EINVAL;
    struct sluice_agent *agent = sluice__agent(s, slot);
    uint64_t life = load64_acquire(&agent->life);
    if ((life & 0xff) != SLUICE_LIFE_LIVE)
        return 0;
    who->owner = (uint32_t)life >> 8;
    who->incarnation = (uint32_t)(life >> 32);
    who->started = load64_acquire(&agent->started);
    return load64_acquire(&agent->life) == life; /* else that start time may be another's */
}

int sluice_agent_died(struct sluice *s, uint32_t slot, uint32_t incarnation)
{
    return slot < s->agents && sluice__agent_died(s, slot, incarnation);
}

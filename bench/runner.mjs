/** One end, whatever place it is in. */

/** Of every place: milliseconds on one clock. */
const now = () => performance.timeOrigin + performance.now();

/**
 * What runs it once: from when to when, and what it found.
 *
 * @param main set where the end is in a main thread; `main.other` is what its `send` and 'message' events lead to, in a process that forked
 */
export async function runner({ thing, role, count, ticket, scenario }, main) {
  const { join } = await import(`./things/${thing}.mjs`);
  const works = await join(ticket, scenario, main);
  return async () => {
    const begun = now();
    const found = await works[role](count);
    return { begun, ended: now(), ...found };
  };
}

/**
 * What one agent does with nobody at the other end, in a scenario of no consumers: each operation counts as a message that it has sent
 * and received.
 */

/** @param operate (number) */
export const repeated = (operate) => ({
  send(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      operate(i);
      sum += i;
    }
    return { sum };
  },
});

/** The same where an operation is awaited. */
export const awaited = (operate) => ({
  async send(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      await operate(i);
      sum += i;
    }
    return { sum };
  },
});

/** Nothing is shared. */
export const open = (_, roles) => roles.map(() => ({ ticket: undefined, transfer: [] }));

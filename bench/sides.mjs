/** A side is an engine and the scenario that it runs, by its name; when it was measured, with its samples. */
export const labelOf = ({ name, engine }) => `${name}: ${engine}`;

/** Nanoseconds a message, of each sample. */
export const nsEach = ({ samples, scenario }) => samples.map(({ seconds }) => (seconds * 1e9) / scenario.count);

/** How many times as fast ours was, a message each, round by round. */
export function ratiosOf({ ours, theirs }, measured) {
  const [a, b] = [ours, theirs].map((label) => nsEach(measured.find((side) => labelOf(side) === label)));
  return a.map((ns, round) => b[round] / ns);
}

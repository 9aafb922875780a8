/** What the ends of a scenario do, and what comes of them together: the same for every place. */

/** For each end its role and how many messages. */
export function rolesOf({ shape, count, producers = 1, consumers = 1 }) {
  if (shape === 'trip')
    return [
      { role: 'ask', count },
      { role: 'answer', count },
    ];
  const ends = (many, role) => Array.from({ length: many }, () => ({ role, count: count / many }));
  return [...ends(producers, 'send'), ...ends(consumers, 'receive')];
}

/** Of what every producer sends, the numbers from 0 on. */
function sumOf({ count, producers = 1 }) {
  const each = count / producers;
  return ((each * (each - 1)) / 2) * producers;
}

/** From the first to begin to the last to end. Throws where a message was lost or doubled. */
export function together(ends, scenario) {
  const total = (name) => ends.reduce((all, { [name]: each = 0 }) => all + each, 0);
  const sum = total('sum');
  if (sum !== sumOf(scenario)) throw new Error(`a sum of ${sum}, not ${sumOf(scenario)}: messages were lost or doubled`);
  const begun = Math.min(...ends.map((end) => end.begun));
  const ended = Math.max(...ends.map((end) => end.ended));
  const { latenciesNs } = ends.find((end) => end.latenciesNs) ?? {};
  return { seconds: (ended - begun) / 1000, latenciesNs, endsCpuSeconds: total('cpuSeconds'), endsRssBytes: total('rssBytes') };
}

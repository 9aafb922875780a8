/** Ends in workers of one Node. */
import { startEnds } from './node.mjs';

export const start = (thing, scenario) => startEnds('threads', thing, scenario);

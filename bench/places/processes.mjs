/** Ends in processes of Node, each pinned. What is Sluice's is on the native backend then. */
import { startEnds } from './node.mjs';

export const start = (thing, scenario) => startEnds('processes', thing, scenario);

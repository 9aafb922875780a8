import { differential } from './check.js';

differential('fifo', 900);

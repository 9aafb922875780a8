import { differential } from './check.js';

differential('all', 700);

import { differential } from './check.js';

differential('names', 500);

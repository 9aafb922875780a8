import { differential } from './check.js';

differential('pipe', 700);

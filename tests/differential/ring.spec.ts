import { differential } from './check.js';

differential('ring', 400);

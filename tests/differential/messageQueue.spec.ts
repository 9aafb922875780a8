import { differential } from './check.js';

differential('messageQueue', 1200);

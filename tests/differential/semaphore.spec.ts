import { differential } from './check.js';

differential('semaphore', 600);

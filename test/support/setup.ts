import { afterAll, afterEach } from 'vitest';
import { closeFile, closeTest } from './cleanups.ts';

afterEach(closeTest);
afterAll(closeFile);

/** Loaded before every test file: what it opens is closed at its end. */
import { afterAll, afterEach } from 'vitest';
import { endFile, endTest } from './endings.ts';

afterEach(endTest);
afterAll(endFile);

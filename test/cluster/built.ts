/** Ends with 0 when the programs of the control plane are in the cache, and with 1 otherwise. */
import { findPrograms } from './programs.ts';

process.exitCode = findPrograms(process.env) ? 0 : 1;

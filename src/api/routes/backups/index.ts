/** Backups of stacks, below /backups. */
import type { Api, AppDependencies } from '../../dependencies.ts';
import { registerCreateBackup } from './create.ts';
import { registerReadBackups } from './read.ts';
import { registerRemoveBackup } from './remove.ts';
import { registerRestoreBackup } from './restore.ts';

export function registerBackups(api: Api, deps: AppDependencies): void {
  registerCreateBackup(api, deps);
  registerReadBackups(api, deps);
  registerRemoveBackup(api, deps);
  registerRestoreBackup(api, deps);
}

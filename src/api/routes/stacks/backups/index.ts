/** Backups of stacks, below /backups. */
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { registerCreateBackup } from './create-backup.ts';
import { registerReadBackups } from './read-backups.ts';
import { registerRemoveBackup } from './remove-backup.ts';
import { registerRestoreBackup } from './restore.ts';

export function registerBackups(api: Api, deps: AppDependencies): void {
  registerCreateBackup(api, deps);
  registerReadBackups(api, deps);
  registerRemoveBackup(api, deps);
  registerRestoreBackup(api, deps);
}

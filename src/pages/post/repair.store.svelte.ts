/** The repair of the labels that a check found to be wrong. It outlives the tab. */
import type { Progress } from '../../base/progress';
import type { PostDirectory } from '../../post/directory/directory';
import { folderRepairTarget } from '../../post/repair/folder-target';
import { repairDirectory, type RepairRequest, type RepairResult } from '../../post/repair/repair';
import { Job } from '../../ui/job.svelte';

/** What the user types before anything is written. */
export const repairWord = 'repair';

export class RepairStore {
  readonly job = new Job<RepairResult, Progress>();
  typed = $state('');
  data = $state.raw<FileSystemDirectoryHandle>();
  originals = $state.raw<FileSystemDirectoryHandle>();

  readonly canWriteFolders = 'showDirectoryPicker' in globalThis;
  readonly isConfirmed: boolean = $derived(
    this.typed.trim().toLowerCase() === repairWord &&
      this.data !== undefined &&
      this.originals !== undefined,
  );

  /** Finds the damaged regions and writes nothing. */
  async examine(directory: PostDirectory, request: RepairRequest): Promise<void> {
    await this.job.start((controls) => repairDirectory(directory, request, controls));
  }

  /** Writes into the chosen folders. */
  async repair(directory: PostDirectory, request: RepairRequest): Promise<void> {
    const { data, originals } = this;
    if (!data || !originals || !this.isConfirmed) return;
    await this.job.start(async (controls) =>
      repairDirectory(directory, request, {
        ...controls,
        target: await folderRepairTarget(data, originals),
      }),
    );
    this.typed = '';
  }
}

/**
 * Proving as the page shows it. The job outlives the tab: a scan of days goes on while the user looks
 * elsewhere. What cost hours outlives the page: the position of an unfinished scan, and the last proof found.
 */
import type { PostDirectory } from '../../post/directory/directory';
import { proveDirectory, type ProveJobRequest } from '../../post/prove/job';
import type { ProvingCheckpoint, ProvingProgress } from '../../post/prove/prove';
import { writeProof, type Proof } from '../../protocol/proof';
import { readSetting, writeSetting } from '../../storage/settings';
import { Job } from '../../ui/job.svelte';

/** A proof that was found, as it is kept. Proofs are published: nothing in them is secret. */
export interface KeptProof {
  readonly directory: string;
  readonly foundMs: number;
  readonly nonce: number;
  readonly withoutPow: boolean;
  readonly text: string;
}

const checkpointKey = 'proving-checkpoint';
const proofKey = 'proof';
/** Losing this much of a scan is nothing; writing more often would be work. */
const keepEveryMs = 5000;

export class ProveStore {
  readonly job = new Job<Proof, ProvingProgress>();
  /** Name of the directory that the job reads, or read. */
  directory = $state('');
  /** Where an unfinished scan is. */
  saved = $state.raw<ProvingCheckpoint | null>(null);
  proof = $state.raw<KeptProof | null>(null);
  /** The browser refused to keep the position or the proof: it lasts as long as the page. */
  notKept = $state(false);
  #keptAtMs = -Infinity;

  constructor() {
    void this.#restore();
  }

  async #restore(): Promise<void> {
    const saved = await readSetting<ProvingCheckpoint | null>(checkpointKey, null);
    const proof = await readSetting<KeptProof | null>(proofKey, null);
    this.saved ??= saved;
    this.proof ??= proof;
  }

  async run(
    directory: PostDirectory,
    request: ProveJobRequest,
    resume?: ProvingCheckpoint,
  ): Promise<void> {
    this.directory = directory.name;
    this.#keptAtMs = -Infinity;
    const found = await this.job.start(({ signal, onProgress }) =>
      proveDirectory(directory, request, {
        signal,
        resume,
        onProgress: (progress) => {
          onProgress(progress);
          this.#keepNowAndThen(progress);
        },
      }),
    );
    if (found) {
      await this.#keepProof({
        directory: directory.name,
        foundMs: Date.now(),
        nonce: found.nonce,
        withoutPow: request.scanOnly ?? false,
        text: writeProof(found),
      });
    } else if (this.job.progress) await this.#keep(this.job.progress.checkpoint());
  }

  async forgetProof(): Promise<void> {
    this.proof = null;
    await writeSetting(proofKey, null);
  }

  #keepNowAndThen(progress: ProvingProgress): void {
    const nowMs = performance.now();
    if (nowMs - this.#keptAtMs < keepEveryMs) return;
    this.#keptAtMs = nowMs;
    void this.#keep(progress.checkpoint());
  }

  async #keep(checkpoint: ProvingCheckpoint): Promise<void> {
    this.saved = checkpoint;
    this.notKept = !(await writeSetting(checkpointKey, checkpoint));
  }

  async #keepProof(proof: KeptProof): Promise<void> {
    this.proof = proof;
    this.saved = null;
    const keptProof = await writeSetting(proofKey, proof);
    this.notKept = !((await writeSetting(checkpointKey, null)) && keptProof);
  }
}
